#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

std::string keys_of(const std::vector<KvEntry>& entries) {
  std::string keys;
  for (const KvEntry& entry : entries) keys += entry.key + "=" + to_text(entry.value) + " ";
  return keys;
}

std::string ids_of_values(const std::vector<RunRow>& rows) {
  std::string ids;
  for (const RunRow& row : rows) ids += row.run_id + " ";
  return ids;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a value is kept under its space and key until it is removed", "[store]",
                        AllStores) {
  TestType bed;
  const Json value = {{"list", {1, 2.5, "é"}}, {"none", nullptr}};
  REQUIRE(bed(bed.store().kv_set("local/notes", "a", value)));
  REQUIRE(bed(bed.store().kv_set("local/other", "a", 1)));
  bed.reopen();
  CHECK(*bed(bed.store().kv_get("local/notes", "a")) == value);
  REQUIRE(bed(bed.store().kv_set("local/notes", "a", "new")));
  CHECK(*bed(bed.store().kv_get("local/notes", "a")) == Json("new"));
  REQUIRE(bed(bed.store().kv_remove("local/notes", "a")));
  REQUIRE(bed(bed.store().kv_remove("local/notes", "a")));
  CHECK(bed(bed.store().kv_get("local/notes", "a")).error().code == Errc::not_found);
  CHECK(*bed(bed.store().kv_get("local/other", "a")) == Json(1));
}

TEMPLATE_LIST_TEST_CASE("values are listed by prefix in the order of their keys", "[store]",
                        AllStores) {
  TestType bed;
  int n = 0;
  for (const char* key : {"b", "a/2", "a/1", "a", "a\xff", "a0", "A/1"}) {
    REQUIRE(bed(bed.store().kv_set("s", key, ++n)));
  }
  CHECK(keys_of(bed(bed.store().kv_list("s", "a/", 10))) == "a/1=3 a/2=2 ");
  CHECK(keys_of(bed(bed.store().kv_list("s", "a", 10))) == "a=4 a/1=3 a/2=2 a0=6 a\xff=5 ");
  CHECK(keys_of(bed(bed.store().kv_list("s", "a\xff", 10))) == "a\xff=5 ");
  CHECK(keys_of(bed(bed.store().kv_list("s", "", 2))) == "A/1=7 a=4 ");
  CHECK(keys_of(bed(bed.store().kv_list("t", "", 10))).empty());
}

TEMPLATE_LIST_TEST_CASE("runs are listed newest first and by every filter", "[store]", AllStores) {
  TestType bed;
  const auto add = [&](const std::string& id, const std::string& session, const std::string& agent,
                       Micros at, const std::string& tenant = "local") {
    NewRun run = new_run(id);
    run.session = session;
    run.agent = agent;
    run.created_at = at;
    run.tenant = tenant;
    return created(bed, run);
  };
  const Claim first = add("01AA", "s1", "x", 30);
  add("01AB", "s1", "y", 10);
  add("01BA", "", "x", 20);
  add("01BB", "s2", "x", 20);
  add("01BC", "s1", "x", 40, "acme");
  Append end = append_to(first, "end");
  end.update = update_to(RunStatus::failed, "model");
  appended(bed, end);

  RunFilter filter;
  const auto listed = [&] { return ids_of_values(bed(bed.store().list(filter))); };
  CHECK(listed() == "01AA 01BB 01BA 01AB ");
  filter.limit = 2;
  CHECK(listed() == "01AA 01BB ");
  filter = RunFilter();
  filter.session = "s1";
  CHECK(listed() == "01AA 01AB ");
  filter.agent = "y";
  CHECK(listed() == "01AB ");
  filter = RunFilter();
  filter.status = RunStatus::owned;
  CHECK(listed() == "01BB 01BA 01AB ");
  filter.agent = "x";
  CHECK(listed() == "01BB 01BA ");
  filter = RunFilter();
  filter.id_prefix = "01A";
  CHECK(listed() == "01AA 01AB ");
  filter.status = RunStatus::failed;
  CHECK(listed() == "01AA ");
  filter.session = "s2";
  CHECK(listed().empty());
  filter = RunFilter();
  filter.tenant = "acme";
  CHECK(listed() == "01BC ");
  filter.id_prefix = "01B%";
  CHECK(listed().empty());
}

TEMPLATE_LIST_TEST_CASE("a list can leave out the runs that a call of another waits for", "[store]",
                        AllStores) {
  TestType bed;
  const auto add = [&](const std::string& id, const std::string& parent, const std::string& call) {
    NewRun run = new_run(id);
    run.created_at = static_cast<Micros>(id.back());
    run.session = "s";
    run.parent_run = parent;
    run.parent_call = call;
    created(bed, run);
  };
  add("01AA", "", "");
  add("01AB", "01AA", "c3.0");
  add("01AC", "01AA", "m2");  // a shadow: nobody waits for it
  add("01AD", "01AA", "memo/1");
  add("01AE", "01AA", "");          // a judge's
  for (int by = 0; by < 6; ++by) {  // whichever index carries the search
    RunFilter filter;
    if (by == 1) filter.session = "s";
    if (by == 2) filter.id_prefix = "01A";
    if (by == 3) filter.status = RunStatus::owned;
    if (by == 4) filter.status = StatusSet{RunStatus::owned, RunStatus::failed};
    if (by == 5) filter.tenant.reset();
    CHECK(ids_of_values(bed(bed.store().list(filter))) == "01AE 01AD 01AC 01AB 01AA ");
    filter.children_left_out = true;
    CHECK(ids_of_values(bed(bed.store().list(filter))) == "01AE 01AC 01AA ");
    filter.limit = 2;
    CHECK(ids_of_values(bed(bed.store().list(filter))) == "01AE 01AC ");
    filter.before = "01AC";
    CHECK(ids_of_values(bed(bed.store().list(filter))) == "01AA ");
  }
}

TEMPLATE_LIST_TEST_CASE("a list goes on behind the run that ended the page before", "[store]",
                        AllStores) {
  TestType bed;
  const auto add = [&](const std::string& id, Micros at, const std::string& tenant = "local") {
    NewRun run = new_run(id);
    run.created_at = at;
    run.session = "s";
    run.tenant = tenant;
    return created(bed, run);
  };
  add("01AA", 10);
  add("01AC", 20);
  add("01AB", 20);  // in the same microsecond, begun later
  const Claim last = add("01AD", 30);
  add("01BA", 40, "acme");
  Append rest = append_to(last, "x");
  rest.update = update_to(RunStatus::ready, "");
  appended(bed, rest);

  for (int by = 0; by < 4; ++by) {  // whichever index carries the search
    RunFilter filter;
    if (by == 1) filter.session = "s";
    if (by == 2) filter.id_prefix = "01A";
    if (by == 3) filter.status = RunStatus::owned;
    const auto listed = [&] { return ids_of_values(bed(bed.store().list(filter))); };
    filter.limit = 2;
    CHECK(listed() == "01AD 01AB ");
    filter.before = "01AB";
    CHECK(listed() == "01AC 01AA ");
    filter.before = "01AA";
    CHECK(listed().empty());
    for (const char* strange : {"01BA", "01ZZ"}) {
      filter.before = strange;
      CHECK(listed().empty());
    }
    filter.before = "";
    filter.limit = 9;
    filter.since = 20;
    CHECK(listed() == "01AD 01AB 01AC ");
  }
}

TEMPLATE_LIST_TEST_CASE("a list shows the true head of a run that is being driven", "[store]",
                        AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  for (int i = 0; i < 5; ++i) claim = after(claim, appended(bed, append_to(claim, "x")));
  const std::vector<RunRow> rows = bed(bed.store().list(RunFilter()));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].head_seq == 5);
  CHECK(rows[0].head_hash == claim.head_hash);
}

TEMPLATE_LIST_TEST_CASE("get knows a run by its whole id only", "[store]", AllStores) {
  TestType bed;
  created(bed, new_run("01ABC"));
  CHECK(bed(bed.store().get("01ABC")).has_value());
  const Result<RunRow> prefix = bed(bed.store().get("01AB"));
  REQUIRE_FALSE(prefix);
  CHECK(prefix.error().code == Errc::not_found);
  CHECK(prefix.error().detail == "no run '01AB'");
}

}  // namespace yoke
