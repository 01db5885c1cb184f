"""Killing a task."""
import time

from service import Emulator, equal, eventually


def kill(service, task_id="abc"):
    return service.api(f"/tasks/{task_id}/kill", "POST")


def status(service):
    return service.api("/tasks/abc/status").json()["status"]


def test_a_kill_is_pending_then_done():
    for before in ("pending-input", "submitted", "started", "computation-started", "computation-ended"):
        with Emulator(tasks={"abc": {"status": before}}) as service:
            answer = kill(service)
            equal((answer.status, answer.json()), (200, {
                "id": "abc", "status": "pending-kill", "position_in_queue": None,
                "is_terminated": False}), before)
            equal(status(service), "killed", before)
            history = [step["status"] for step in service.field("abc", "status_history")]
            equal(history[-3:], [before, "pending-kill", "killed"])


def test_a_kill_takes_the_time_it_is_told():
    with Emulator(tasks={"abc": {"status": "started", "emulator": {"kill_seconds": 0.6}}}) as service:
        began = time.monotonic()
        kill(service)
        first = status(service)
        assert first == "pending-kill" or time.monotonic() - began > 0.6, first
        eventually(lambda: status(service) == "killed")
        assert time.monotonic() - began >= 0.6


def test_a_kill_that_never_ends():
    with Emulator(tasks={"abc": {"status": "started", "emulator": {"kill_seconds": -1}}}) as service:
        kill(service)
        time.sleep(0.2)
        equal(status(service), "pending-kill")
        answer = kill(service) # a second kill is accepted
        equal((answer.status, answer.json()["status"]), (200, "pending-kill"))


def test_what_a_kill_ends_as():
    with Emulator(tasks={"abc": {"status": "started", "emulator": {
            "kill_status": "executer-terminated-by-user"}}}) as service:
        kill(service)
        equal(status(service), "executer-terminated-by-user")
        equal(service.field("abc", "is_terminated"), True)


def test_a_second_kill_does_not_begin_again():
    with Emulator(tasks={"abc": {"status": "started", "emulator": {"kill_seconds": 0.5}}}) as service:
        began = time.monotonic()
        kill(service)
        while status(service) == "pending-kill":
            kill(service)
            assert time.monotonic() - began < 10, "a later kill has delayed the end"
            time.sleep(0.02)
        equal(status(service), "killed")


def test_what_cannot_be_killed():
    with Emulator(tasks={"abc": {"status": "success"}}) as service:
        answer = kill(service)
        equal(answer.status, 400)
        equal(answer.detail(), "Task abc cannot be killed: its status is success")
        equal(status(service), "success")
        equal(kill(service, "none").status, 404)
        answer = service.api("/tasks/abc/kill")
        equal((answer.status, answer.headers["Allow"]), (405, "POST"))
        equal(service.api("/tasks/abc/kill", "POST", key=None).status, 401)


def test_a_kill_drops_the_rest_of_the_timeline():
    with Emulator(tasks={"abc": {"status": "started", "emulator": {
            "timeline": [{"after": 0.4, "status": "success"}]}}}) as service:
        began = time.monotonic()
        kill(service)
        time.sleep(max(0, began + 0.5 - time.monotonic()))
        equal(status(service), "killed")
