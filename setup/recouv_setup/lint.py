"""``setup/lint``: ruff, pylint-odoo's mandatory checks, OCA's checks of a module."""

from . import child, odoo, paths, say

# Every check of pylint-odoo that OCA's own template makes mandatory.
PYLINT = (
    "anomalous-backslash-in-string,api-one-deprecated,api-one-multi-together,"
    "attribute-deprecated,attribute-string-redundant,bad-builtin-groupby,"
    "category-allowed,consider-merging-classes-inherited,context-overridden,"
    "copy-wo-api-one,dangerous-default-value,dangerous-view-replace-wo-priority,"
    "development-status-allowed,duplicate-key,eval-referenced,except-pass,"
    "external-request-timeout,inheritable-method-lambda,inheritable-method-string,"
    "invalid-commit,license-allowed,manifest-author-string,manifest-data-duplicated,"
    "manifest-deprecated-key,manifest-required-key,manifest-version-format,"
    "method-compute,method-inverse,method-required-super,method-search,"
    "missing-return,missing-readme,no-raise-unlink,no-wizard-in-models,"
    "no-write-in-compute,odoo-addons-relative-import,odoo-exception-warning,"
    "pointless-statement,pointless-string-statement,print-used,redundant-keyword-arg,"
    "redundant-modulename-xml,rename-field-parameter,resource-not-exist,"
    "sql-injection,test-folder-imported,too-few-format-args,too-many-format-args,"
    "translation-contains-variable,translation-field,translation-format-interpolation,"
    "translation-format-truncated,translation-fstring-interpolation,"
    "translation-not-lazy,translation-positional-used,translation-required,"
    "translation-too-few-args,translation-too-many-args,translation-unsupported-format,"
    "unreachable,use-vim-comment,website-manifest-key-not-valid-uri"
)


def _tools():
    """The commands, each from the environment."""
    programs = paths.VENV / "bin"
    addons = paths.addons()
    pylint = [
        programs / "pylint", "--load-plugins=pylint_odoo", "--disable=all",
        f"--enable={PYLINT}", "--score=n", "--jobs=2", "--valid-odoo-versions=19.0",
        *addons,
    ]
    return {
        "ruff": [programs / "ruff", "check", "."],
        "pylint-odoo": pylint,
        "oca-checks-odoo-module": [programs / "oca-checks-odoo-module", *addons],
    }


def run(_arguments):
    """Run every linter; the exit code is 1 if one of them complains."""
    failed = []
    for name, command in _tools().items():
        say.line(name)
        environment = {**odoo.environment(), "RUFF_CACHE_DIR": str(paths.HOME / "ruff")}
        done = child.run(command, cwd=paths.ROOT, env=environment)
        failed += [name] if done.returncode else []
    say.line(f"lint failed: {', '.join(failed)}" if failed else "lint: nothing to say")
    return 1 if failed else 0
