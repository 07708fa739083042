{
    "name": "Recouv-Lib: factoring and credit insurance",
    "summary": "Sell receivables to the agency without recourse, or insure them",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "Recouv-Lib",
    "website": "https://recouv-lib.example",
    "depends": ["recouv_lib"],
    "external_dependencies": {
        "python": ["requests"],
    },
    "data": [
        "security/ir.model.access.csv",
        "security/recouv_factoring_rules.xml",
        "views/recouv_factoring_menus.xml",
        "security/recouv_solvency_rules.xml",
        "data/recouv_solvency_data.xml",
        "views/recouv_solvency_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["recouv_lib_factoring/static/src/**/*"],
        "web.assets_tests": ["recouv_lib_factoring/static/tests/tours/**/*"],
    },
    "installable": True,
    "application": True,
}
