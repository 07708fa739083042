"""Names and streets to draw invented patients from."""

FIRST_NAMES = """
Adèle Agathe Alain Alexis Alice Amandine Anaïs André Antoine Arnaud Aurore Baptiste
Benoît Bernadette Camille Cécile Chantal Christelle Clémence Clément Colette Corentin
Damien Danielle Delphine Denis Élodie Émilie Emmanuel Estelle Fabien Farid Florence
Françoise Gaëlle Geneviève Gilles Guillaume Hélène Hugo Inès Isabelle Jacqueline Jérôme
Joël Julien Karim Laetitia Laurent Léa Loïc Louise Lucas Lydie Manon Marcel Marguerite
Mathilde Maxime Mireille Monique Nadia Nicolas Noémie Odette Olivier Pascal Paulette
Philippe Quentin Rachid Régis Rémi Romane Roselyne Sabrina Samuel Sandrine Simone
Stéphane Sylvie Théo Thérèse Thomas Valérie Véronique Virginie Yasmine Yvette Zoé
""".split()

LAST_NAMES = """
Aubertin Bazinet Bellanger Bertho Bonnefoy Boutillier Briand Caillaud Cazenave Charrier
Chauvet Colombani Cordier Courtois Dalmasso Daviaud Delcourt Desnoyers Deveaux Dufresne
Escoffier Estève Fauconnier Ferrand Fouchard Gallois Garnaud Gauvin Giraudon Gosselin
Grandjean Guérin Hamelin Hardouin Jacquemin Jaouen Joubert Kermarrec Lacombe Lagarde
Langlade Lavigne Lebreton Lecoq Ledoux Lemonnier Lhermitte Loisel Maillard Malherbe
Manceau Marchandise Mazière Mercadier Meunier Monnet Montfort Nicolai Noblet Oberlin
Paillard Pasquier Pelletan Perrichon Pichon Poirier Prigent Quéméner Rambaud Raynaud
Ribeyre Rigaud Rocher Rouanet Roussel Sabatier Santucci Sauvage Seguin Serrano Tanguy
Teissier Thibault Touzet Vacher Valadier Vasseur Verdier Vigneron Villard Wagner Zeller
""".split()

STREETS = (
    """
rue des Lilas|rue Victor-Hugo|avenue de la République|place du Marché|rue du Moulin
chemin des Vignes|rue Pasteur|boulevard Gambetta|allée des Tilleuls|rue de la Fontaine
impasse des Cerisiers|rue Jean-Jaurès|avenue des Platanes|rue du Stade|rue des Écoles
quai des Brumes|rue de Verdun|passage du Lavoir|rue Marie-Curie|square des Acacias
""".strip()
    .replace("\n", "|")
    .split("|")
)
