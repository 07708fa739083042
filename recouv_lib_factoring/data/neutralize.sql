-- a copy asks nobody about anyone
UPDATE recouv_solvency_provider SET active = FALSE, url = NULL, token = NULL WHERE kind = 'http';
