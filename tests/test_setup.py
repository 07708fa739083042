"""What ``setup/`` says when something is missing, and how it reads its arguments."""

import errno
import importlib
import json
import smtplib
import subprocess
import sys
import urllib.request

import pytest
from recouv_setup import (
    core,
    databases,
    debian,
    demo,
    odoo,
    paths,
    postgres,
    python_env,
    say,
    sinks,
    testing,
)


def _odoo_of(tmp_path, series):
    release = tmp_path / "odoo" / "release.py"
    release.parent.mkdir(parents=True)
    release.write_text(f"version_info = ({series}, 0, 'final', 0, '')\n")
    return tmp_path


def test_a_full_disk_is_one_sentence():
    assert say.explain(OSError(errno.ENOSPC, "x")) == say.DISK_FULL
    assert debian._apt_sentence("No space left on device", "x", "log") == say.DISK_FULL
    assert python_env._pip_sentence("No space left on device", "log") == say.DISK_FULL


def test_no_network_is_one_sentence():
    said = debian._apt_sentence("Temporary failure resolving 'x'", "update", "log")
    assert "network" in said
    said = python_env._pip_sentence("NewConnectionError: x", "log")
    assert "network" in said


def test_no_apt_is_one_sentence(monkeypatch):
    monkeypatch.setattr(debian.shutil, "which", lambda name: None)
    with pytest.raises(say.Problem, match="no apt-get on this machine"):
        debian.require_apt("it is needed")


def test_a_taken_port_is_one_sentence():
    with sinks.MailSink(paths.HOME / "scratch-mail") as taken:
        with pytest.raises(say.Problem, match=f"Port {taken.port} .* is taken"):
            demo.check_port(taken.port)


def test_another_python_is_one_sentence(monkeypatch):
    monkeypatch.setattr(python_env.sys, "version_info", (3, 9, 1))
    with pytest.raises(say.Problem, match="wants 3.10 to 3.13"):
        python_env.check_python()


@pytest.mark.parametrize(
    ("optimised", "answer", "chosen"),
    [
        (True, 0, "ours"),
        (False, 0, "system"),
        (False, 1, "ours"),  # too old, or without ensurepip
    ],
)
def test_a_slow_python_gives_way_to_the_systems(monkeypatch, optimised, answer, chosen):
    monkeypatch.setattr(python_env.sys, "base_prefix", "/opt/python")
    monkeypatch.setattr(python_env, "_is_optimised", lambda: optimised)
    heard = subprocess.CompletedProcess([], answer, "")
    monkeypatch.setattr(python_env.child, "heard", lambda _command: heard)
    python_env.program.cache_clear()
    found = python_env.program()
    python_env.program.cache_clear()
    assert found == (python_env.SYSTEM if chosen == "system" else sys.executable)


def test_another_odoo_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("RECOUV_ODOO", str(_odoo_of(tmp_path, "18, 0")))
    with pytest.raises(say.Problem, match="Odoo 18.0, and this needs 19.0"):
        odoo.root()


def test_no_odoo_where_one_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("RECOUV_ODOO", str(tmp_path))
    with pytest.raises(say.Problem, match="neither a folder of Odoo's source"):
        odoo.root()


def test_the_callers_odoo_is_used(monkeypatch, tmp_path):
    checkout = _odoo_of(tmp_path, "19, 0")
    monkeypatch.setenv("RECOUV_ODOO", str(checkout))
    assert odoo.root() == checkout
    monkeypatch.setenv("RECOUV_ODOO", str(checkout / "odoo"))
    assert odoo.root() == checkout


@pytest.mark.parametrize(
    "version, user, said",
    [(120019, "recouv", "version 12"), (160000, "postgres", "refuses the role")],
)
def test_a_named_postgresql_that_does_not_do(monkeypatch, version, user, said):
    monkeypatch.setattr(postgres, "query", lambda sql: [(version, user)])
    with pytest.raises(say.Problem, match=said):
        postgres._check_foreign()


def test_a_deep_folder_has_its_socket_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres.paths, "PG", tmp_path / ("deep" * 30))
    assert len(str(postgres.socket_folder())) < 85


def test_everything_of_odoo_listens_on_loopback_only():
    assert "http_interface = 127.0.0.1" in odoo.config("scratch").read_text()


def test_arguments_are_add_ons_or_pytests():
    assert testing.split(["recouv_lib", "-k", "hold"]) == (
        ["recouv_lib"],
        ["-k", "hold"],
    )
    assert testing.split(["recouv_lib/", "-x"])[0] == ["recouv_lib"]
    assert testing._targets(["recouv_lib"], ["-k", "hold"]) == ["recouv_lib/tests"]
    assert testing._targets([], ["tests/test_setup.py::x"]) == []
    named = testing._targets(["recouv_lib"], ["-k", " or ".join(["name"] * 99)])
    assert named == ["recouv_lib/tests"]
    every = testing._targets([], [])
    assert every[0] == "recouv_lib/tests"
    assert every[-1] == "tests"
    assert set(every[1:-1]) <= {f"{name}/tests" for name in paths.addons()}


def test_a_file_of_the_add_on_changes_its_key_and_a_test_does_not(
    monkeypatch, tmp_path
):
    (tmp_path / "one" / "tests").mkdir(parents=True)
    source = tmp_path / "one" / "model.py"
    source.write_text("a")
    monkeypatch.setattr(databases.paths, "ROOT", tmp_path)
    monkeypatch.setattr(databases, "base_key", lambda: "base")
    first = databases.addons_key(["one"])
    (tmp_path / "one" / "tests" / "test_x.py").write_text("b")
    assert databases.addons_key(["one"]) == first
    source.write_text("b")
    assert databases.addons_key(["one"]) != first


def test_only_known_failures_of_odoos_tests_pass(monkeypatch, capsys):
    monkeypatch.setattr(core, "KNOWN_FAILURES", frozenset({"TestA.test_a"}))
    log = (
        "x odoo.addons.account.tests.test_a: FAIL: TestA.test_a\n"
        "x odoo.tests.result: 1 failed, 0 error(s) of 5 tests when loading\n"
    )
    assert core._judge(log, 1) == 0
    assert core._judge(log + "x ERROR: TestB.test_b\n", 1) == 1
    assert "FAILED TestB.test_b" in capsys.readouterr().out


def test_what_the_caller_asks_of_postgresql_is_kept(monkeypatch):
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=8MB")
    assert testing._plain_plans().startswith("-c work_mem=8MB -c join_collapse_limit=1")
    monkeypatch.delenv("PGOPTIONS")
    assert testing._plain_plans().startswith("-c join_collapse_limit=1")


def test_the_table_is_aligned():
    row = dict.fromkeys(demo.HEADERS, "x") | {"amount": 1234.5, "notices": 2}
    lines = demo.table([row]).splitlines()
    assert "1,234.50" in lines[2]
    assert lines[0].index("why") == lines[2].rindex("x")
    assert "1\xa0234,50" in demo.table([row], french=True)


def test_mail_stays_here(tmp_path):
    with sinks.MailSink(tmp_path) as sink:
        with smtplib.SMTP(sinks.HOST, sink.port) as client:
            client.sendmail("a@x.example", ["b@x.example"], b"Subject: s\r\n\r\n.dot")
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes().endswith(b"\r\n.dot\r\n")


def test_sms_stay_here_and_are_accepted(tmp_path):
    message = {
        "content": "Bonjour",
        "numbers": [{"uuid": "u", "number": "+33600000000"}],
    }
    body = {"id": 1, "params": {"messages": [message]}}
    with sinks.SmsSink(tmp_path, state="insufficient_credit") as sink:
        request = urllib.request.Request(
            f"{sink.url}/api/sms/3/send", json.dumps(body).encode()
        )
        with urllib.request.urlopen(request) as answer:
            (result,) = json.load(answer)["result"]
    assert result["state"] == "insufficient_credit"
    assert json.loads(next(tmp_path.iterdir()).read_text()) == message


def test_each_class_is_taken_by_one_process(monkeypatch, tmp_path):
    monkeypatch.setenv("RECOUV_SHARED", str(tmp_path))
    monkeypatch.delitem(sys.modules, "recouv_setup.pytest_shared", raising=False)
    shared = importlib.import_module("recouv_setup.pytest_shared")
    assert shared._is_mine("test_hold.py::TestHold")
    assert not shared._is_mine("test_hold.py::TestHold")
    assert shared._is_mine("test_plan.py::TestPlan")


def test_classes_on_common_grounds_follow_each_other(monkeypatch, tmp_path):
    monkeypatch.setenv("RECOUV_SHARED", str(tmp_path))
    monkeypatch.setenv("RECOUV_SHARE", "1/2")
    monkeypatch.delitem(sys.modules, "recouv_setup.pytest_shared", raising=False)
    shared = importlib.import_module("recouv_setup.pytest_shared")
    grounds = {"a": ["agency"], "b": ["practice"], "c": ["agency"], "d": []}
    monkeypatch.setattr(shared, "_grounds", lambda items: grounds[items[0]])
    monkeypatch.setattr(shared, "_weight", len)
    units = [(name, [name]) for name in "abcd"]
    # who stands alone first; this process begins in the middle of the others
    assert [name for name, _items in shared._ordered(units)] == ["d", "c", "b", "a"]
    monkeypatch.setattr(shared, "NUMBER", 0)
    assert [name for name, _items in shared._ordered(units)] == ["d", "a", "c", "b"]


def test_a_test_that_no_process_ran_is_told(capsys):
    assert testing._judge([(10, 4), (10, 6)]) == 0
    assert testing._judge([(10, 4), (10, 5)]) == 1
    assert "9 of 10 tests ran" in capsys.readouterr().out


def test_what_the_tests_pick_up_has_its_own_template(monkeypatch, tmp_path):
    ready = tmp_path / "one" / "tests" / "ready.py"
    ready.parent.mkdir(parents=True)
    monkeypatch.setattr(databases.paths, "ROOT", tmp_path)
    monkeypatch.setattr(databases, "_addons_template", lambda addons: "source")
    monkeypatch.setattr(databases, "is_whole", lambda name: True)
    assert databases._readies(["one"]) == []
    before = databases._tests_template(["one"])
    ready.write_text("def make(env): pass")
    assert databases._readies(["one"]) == [ready]
    assert databases._tests_template(["one"]) != before


def test_a_database_whose_files_are_gone_is_made_anew():
    with databases.temporary() as name, databases.temporary() as other:
        assert databases.exists(name)
        assert not databases.is_whole(name)
        databases.filestore(other).mkdir(parents=True)
        databases.rename(other, name)
        assert databases.is_whole(name)
        assert not databases.exists(other)


def test_a_demonstration_of_another_folder_is_not_dropped(monkeypatch):
    with databases.temporary() as name:
        monkeypatch.setattr(demo, "DATABASE", name)
        demo._check_ours()
        monkeypatch.setattr(databases, "place", lambda: "there")
        databases.mark(name, "key")
        assert databases.marked(name) == ("there", "key")
        demo._check_ours()
        monkeypatch.setattr(databases, "place", lambda: "here")
        with pytest.raises(say.Problem, match="from another folder"):
            demo._check_ours()


def test_what_odoo_asks_of_services_stays_here(monkeypatch, tmp_path):
    with databases.temporary() as name:
        table = "CREATE TABLE ir_config_parameter (key text PRIMARY KEY, value text)"
        postgres.query(table, database=name)
        odoo.keep_here(name, sms_url="http://127.0.0.1:9")
        odoo.keep_here(name)
        rows = postgres.query("SELECT value FROM ir_config_parameter", database=name)
        assert {value for (value,) in rows} == {odoo.NOBODY}
    monkeypatch.setattr(odoo.paths, "HOME", tmp_path)
    assert f"publisher_warranty_url = {odoo.NOBODY}" in odoo.config().read_text()


def test_spare_indexes_are_those_of_small_tables_that_keep_nothing_unique():
    with databases.temporary() as name:

        def run(statement):
            return postgres.query(statement, database=name)

        for table, rows in (("small", 10), ("great", 10000)):
            run(f"CREATE TABLE {table} (id serial PRIMARY KEY, a int, b int)")
            numbers = f"SELECT n, n FROM generate_series(1, {rows}) n"
            run(f"INSERT INTO {table} (a, b) {numbers}")
            run(f"CREATE INDEX {table}_a ON {table} (a)")
            run(f"CREATE UNIQUE INDEX {table}_b ON {table} (b)")
        databases._drop_spare_indexes(name)
        databases._drop_spare_indexes(name)
        left = run("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    assert {index for (index,) in left} == {
        *("small_pkey", "small_b"),
        *("great_pkey", "great_a", "great_b"),
    }
