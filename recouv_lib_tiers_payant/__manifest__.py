{
    "name": "Recouv-Lib: third-party payers",
    "summary": "Shares of caisses and mutuelles, their returns, rejections and money",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "Recouv-Lib",
    "website": "https://recouv-lib.example",
    "depends": ["recouv_lib"],
    "external_dependencies": {
        "python": ["python-stdnum"],
    },
    "data": [
        "security/recouv_tp_groups.xml",
        "security/ir.model.access.csv",
        "security/recouv_tp_rules.xml",
        "data/recouv_tp_legal_parameter_data.xml",
        "data/recouv_rejection_reason_data.xml",
        "views/recouv_tp_menus.xml",
    ],
    "installable": True,
    "application": True,
}
