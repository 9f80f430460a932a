#include "runtime/record/signing_key.h"
#include "tests/record/bed.h"

// A store held against its roots, and against roots that were kept elsewhere.
namespace yoke::testing {
namespace {

bool finds(const RootReport& report, const std::string& run_id, const std::string& part) {
  std::string all;
  for (const RootFinding& each : report.findings) {
    if (each.run_id == run_id && each.what.find(part) != std::string::npos) return true;
    all += each.run_id + " root " + std::to_string(each.n) + ": " + each.what + "\n";
  }
  UNSCOPED_INFO("found:\n" << all);
  return false;
}

RootFile exported(RecordBed& bed, bool with_runs = false, const std::string& tenant = "local") {
  Result<RootFile> file = bed(newest_root(bed.keeper(), tenant, with_runs));
  REQUIRE(file);
  return std::move(*file);
}

// The roots of the tenant made anew over what the store holds now, as a forger would.
void forget_roots(RecordBed& bed) {
  bed.meddle(
      "DELETE FROM audit_heads; UPDATE runs SET sealed=0, sealed_seq=0; DELETE FROM audit_roots");
}

}  // namespace

TEST_CASE("a root covers what changed since the last, and nothing twice") {
  RecordBed bed;
  bed.add_run("A", 3);
  Claim open = bed.add_run("B", 2, true);
  const std::vector<AuditRoot> first = bed.seal();
  REQUIRE(first.size() == 1);
  CHECK(first[0].n == 1);
  CHECK(first[0].runs == 2);
  CHECK(bed.seal().empty());
  bed.append(open, "{\"n\":3}");
  const std::vector<AuditRoot> second = bed.seal();
  REQUIRE(second.size() == 1);
  CHECK(second[0].runs == 1);
  CHECK(second[0].prev == first[0].root);
  bed.append(open, "{\"n\":4}", true);
  CHECK(bed.seal().size() == 1);
  CHECK(bed.seal().empty());
  const RootReport report = bed.check();
  CHECK(report.findings.empty());
  CHECK(report.roots == 3);
  CHECK(report.heads == 4);
}

TEST_CASE("tenants have roots of their own") {
  RecordBed bed;
  bed.add_run("A", 2);
  bed.add_run("B", 2, false, "acme");
  CHECK(bed.seal().size() == 2);
  CHECK(exported(bed, false, "acme").root.runs == 1);
  CHECK(bed.check().findings.empty());
}

TEST_CASE("more heads than one root takes are covered by several") {
  RecordBed bed;
  bed.add_run("A", 2);
  bed.meddle(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000)"
      " INSERT INTO runs(run_id, tenant, agent, session, status, fence, head_seq, head_hash,"
      " parent_run, parent_call, plan_hash, created_at)"
      " SELECT 'R' || i, 'local', 'a', '', 3, 1, 1, x'00', '', '', x'00', 1 FROM n");
  const std::vector<AuditRoot> made = bed.seal();
  REQUIRE(made.size() == 2);
  CHECK(made[0].runs == kHeadsPerRoot);
  CHECK(made[0].runs + made[1].runs == 5001);
}

TEST_CASE("a run that was rewritten with all its hashes is named by the root in the store") {
  RecordBed bed;
  bed.add_run("A", 4);
  bed.add_run("B", 4);
  bed.seal();
  bed.rehash("A", 2, "{\"n\":99}");
  const RootReport report = bed.check();
  CHECK(finds(report, "A", "it was rewritten up to event 4: root 1 covers another hash"));
  CHECK(report.findings.size() == 1);
  const RootReport of_one = bed(check_roots_of_run(bed.keeper(), "A", "local", {}));
  CHECK(of_one.findings.size() == 1);
  CHECK(bed(check_roots_of_run(bed.keeper(), "B", "local", {})).findings.empty());
}

TEST_CASE("a run and an end of a journal that were removed are named") {
  RecordBed bed;
  bed.add_run("A", 4);
  bed.add_run("B", 4);
  bed.seal();
  bed.meddle("DELETE FROM journal WHERE seq=4 AND run_no=1");
  CHECK(finds(bed.check(), "A", "event 4 is gone, which root 1 covers"));
  bed.meddle("DELETE FROM journal WHERE run_no=2; DELETE FROM runs WHERE run_id='B'");
  CHECK(finds(bed.check(), "B", "event 4 is gone"));
}

TEST_CASE("roots that were made anew over a rewritten run are caught by one exported earlier") {
  RecordBed bed;
  bed.add_run("A", 4);
  bed.add_run("B", 4);
  bed.seal();
  const RootFile plain = exported(bed);
  const RootFile with_runs = exported(bed, true);
  bed.rehash("A", 2, "{\"n\":99}");
  forget_roots(bed);
  bed.seal();
  CHECK(bed.check().findings.empty());  // the store alone cannot tell
  RootsWanted wanted;
  wanted.exported = {plain};
  CHECK(finds(bed.check(wanted), "", "the exported root is not the one here"));
  wanted.exported = {with_runs};
  const RootReport named = bed.check(wanted);
  CHECK(finds(named, "A", "it was rewritten up to event 4"));
  CHECK_FALSE(finds(named, "B", "rewritten"));
}

TEST_CASE("an exported root still holds when runs went on and more roots were made") {
  RecordBed bed;
  Claim open = bed.add_run("A", 2, true);
  bed.seal();
  RootsWanted wanted;
  wanted.exported = {exported(bed, true)};
  bed.append(open, "{\"n\":3}", true);
  bed.add_run("B", 2);
  bed.seal();
  CHECK(bed.check(wanted).findings.empty());
}

TEST_CASE("a root of another store, and one that is newer than the store, are told apart") {
  RecordBed bed;
  RecordBed other;
  for (RecordBed* each : {&bed, &other}) {
    each->add_run("A", 2);
    each->seal();
  }
  RootsWanted wanted;
  wanted.exported = {exported(other)};
  CHECK(finds(bed.check(wanted), "", "the exported root is of another store"));

  bed.add_run("B", 2);
  bed.seal();
  wanted.exported = {exported(bed)};
  bed.meddle("DELETE FROM audit_roots WHERE n=2");
  CHECK(finds(bed.check(wanted), "",
              "the exported root is not here: the roots of this store end at 1"));
}

TEST_CASE("a root that was changed in the store is found, and so are its heads") {
  RecordBed bed;
  bed.add_run("A", 2);
  bed.seal();
  bed.add_run("B", 2);
  bed.seal();
  bed.meddle("UPDATE audit_roots SET at=at+1 WHERE n=1");
  CHECK(finds(bed.check(), "", "it does not match its own hash"));
  bed.meddle("UPDATE audit_roots SET at=at-1 WHERE n=1");
  CHECK(bed.check().findings.empty());
  bed.meddle("DELETE FROM audit_heads WHERE run_id='A'");
  CHECK(finds(bed.check(), "", "the heads that are kept for it are not those it was made over"));
  bed.meddle("DELETE FROM audit_roots WHERE n=1");
  CHECK(finds(bed.check(), "", "root 1 is missing"));
}

TEST_CASE("with a key, roots by another or by nobody after it are found") {
  RecordBed bed;
  const SigningKey mine = SigningKey::generate();
  const SigningKey theirs = SigningKey::generate();
  bed.add_run("A", 2);
  bed.seal();  // before there was a key
  RootsWanted wanted;
  wanted.keys = {mine.key()};
  CHECK(finds(bed.check(wanted), "", "no root up to this one is signed, though a key is named"));
  bed.add_run("B", 2);
  bed.seal(&mine);
  CHECK(bed.check(wanted).findings.empty());
  bed.add_run("C", 2);
  bed.seal();
  CHECK(finds(bed.check(wanted), "", "nobody signed it, though root 2 before it is signed"));
  bed.add_run("D", 2);
  bed.seal(&theirs);
  CHECK(finds(bed.check(wanted), "", "it is signed by another key"));
  wanted.keys.push_back(theirs.key());
  CHECK(bed.check(wanted).findings.size() == 1);  // that of C
}

TEST_CASE("a signature that was taken from another root is found") {
  RecordBed bed;
  const SigningKey key = SigningKey::generate();
  bed.add_run("A", 2);
  bed.seal(&key);
  bed.add_run("B", 2);
  bed.seal(&key);
  bed.meddle("UPDATE audit_roots SET sig=(SELECT sig FROM audit_roots WHERE n=1) WHERE n=2");
  CHECK(finds(bed.check(), "", "its signature is not by the key it names"));
}

TEST_CASE("erasing a run leaves its chain and the roots over it as they were") {
  RecordBed bed;
  bed.add_run("A", 3);
  bed.seal();
  RootsWanted wanted;
  wanted.exported = {exported(bed, true)};
  REQUIRE(bed(bed.store().erase("A", "kim")));
  CHECK(bed.check(wanted).findings.empty());
}

TEST_CASE("a store that was copied is held against the roots of the first") {
  RecordBed bed;
  bed.add_run("A", 3);
  bed.seal();
  const std::string id = bed(bed.keeper().store_id());
  CHECK(id.size() == 32);
  bed.close();
  bed.open();
  CHECK(bed(bed.keeper().store_id()) == id);
}

TEST_CASE("with a key, a tenant that has runs and no root any more is found") {
  RecordBed bed;
  const SigningKey key = SigningKey::generate();
  bed.add_run("A", 2);
  bed.seal(&key);
  RootsWanted wanted;
  wanted.keys = {key.key()};
  wanted.sealed_tenants = {"local"};
  CHECK(bed.check(wanted).findings.empty());
  forget_roots(bed);
  CHECK(finds(bed.check(wanted), "", "it has runs and no root, though a key is named"));
  CHECK(finds(bed(check_roots_of_run(bed.keeper(), "A", "local", wanted)), "",
              "it has runs and no root"));
}

TEST_CASE("one run is held against the key, the hash and the heads of the roots over it") {
  RecordBed bed;
  const SigningKey key = SigningKey::generate();
  for (const char* id : {"A", "B"}) bed.add_run(id, 4);
  bed.seal(&key);
  RootsWanted wanted;
  wanted.keys = {key.key()};
  wanted.sealed_tenants = {"local"};
  const auto of_a = [&] { return bed(check_roots_of_run(bed.keeper(), "A", "local", wanted)); };
  const RootReport fine = of_a();
  CHECK(fine.findings.empty());
  CHECK(fine.heads == 1);
  CHECK(fine.roots == 1);
  bed.add_run("C", 2);  // newer than any root
  CHECK(finds(bed(check_roots_of_run(bed.keeper(), "C", "local", wanted)), "C",
              "no root covers it, though a key is named"));
  // Rewritten, and the head that is kept of it made to fit.
  bed.rehash("A", 2, "{\"n\":99}");
  bed.meddle(
      "UPDATE audit_heads SET hash=(SELECT head_hash FROM runs WHERE run_id='A')"
      " WHERE run_id='A'");
  CHECK(finds(of_a(), "", "the heads that are kept for it are not those it was made over"));
  bed.meddle("DELETE FROM audit_roots");
  CHECK(finds(of_a(), "A", "root 1 is gone, which covered it"));
  // And the root made anew, by whoever does not have the key.
  bed.meddle("DELETE FROM audit_heads; UPDATE runs SET sealed=0, sealed_seq=0");
  bed.seal();
  CHECK(finds(of_a(), "", "no root up to this one is signed"));
}

}  // namespace yoke::testing
