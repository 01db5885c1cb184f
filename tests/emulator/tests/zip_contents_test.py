"""The listing of an archive by the service."""
from service import Emulator, archive, content, equal

DATA = archive(output__json="{}", artifacts__a="12345", artifacts__sub__b="678", artifacts__sub__c="")


def store(data=DATA):
    service = Emulator()
    service.task("abc", output=data)
    return service


def contents(service, query):
    answer = service.api("/storage/zip-contents?path=abc/output.zip" + query).json()
    equal(answer["size"], len(DATA))
    return answer["contents"]


def test_recursive_below_a_folder():
    with store() as service:
        for folder in ("artifacts/", "artifacts"):
            found = contents(service, f"&recursive=true&zip_relative_path={folder}")
            equal([item["name"] for item in found], ["a", "sub/b", "sub/c"], folder)
        equal([item["name"] for item in contents(service, "&recursive=true")],
              ["output/json", "artifacts/a", "artifacts/sub/b", "artifacts/sub/c"])


def test_one_folder_alone():
    with store() as service:
        found = contents(service, "&zip_relative_path=artifacts/")
        equal([item["name"] for item in found], ["a", "sub/"])
        equal([found[1][key] for key in ("size", "compressed_size", "range_start", "compress_type")],
              [None] * 4)


def test_where_the_data_is():
    with store() as service:
        item = contents(service, "&recursive=true&zip_relative_path=artifacts/")[0]
        equal((item["size"], item["compressed_size"], item["compress_type"]), (5, 5, 0))
        equal(DATA[item["range_start"]:item["range_start"] + 5], b"12345")
        assert item["creation_time"].startswith(("19", "20")), item


def test_what_cannot_be_listed():
    with store(content(1000)) as service:
        call = "/storage/zip-contents"
        answer = service.api(f"{call}?path=abc/output.zip")
        equal((answer.status, answer.detail()), (400, "Not a valid zip archive: abc/output.zip"))
        equal(service.api(f"{call}?path=abc/input.zip").status, 404)
        equal(service.api(f"{call}?path=abc/output.zip&region=elsewhere").status, 404)
        equal(service.api(call).status, 422)
        equal(service.api(f"{call}?path=abc/output.zip&recursive=maybe").status, 422)
        equal(service.api(f"{call}?path=abc/output.zip", key=None).status, 401)
