{
    "name": "Recouv-Lib",
    "summary": "Follow up, collect and explain the unpaid invoices of a health practice",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "Recouv-Lib",
    "website": "https://recouv-lib.example",
    "depends": ["account", "account_payment", "sms", "portal"],
    "external_dependencies": {
        "python": ["python-stdnum", "lxml", "qrcode", "holidays", "pypdf", "phonenumbers"],
    },
    "data": [
        "security/recouv_groups.xml",
        "security/ir.model.access.csv",
        "security/recouv_rules.xml",
    ],
    "demo": [],
    "installable": True,
    "application": True,
}
