#include <fstream>
#include <sstream>

#include "runtime/record/file_check.h"
#include "runtime/record/record_move.h"
#include "runtime/record/signing_key.h"
#include "tests/record/bed.h"

// Runs out of a store, checked far from it, and into another.
namespace yoke::testing {
namespace {

std::string exported_store(RecordBed& bed) {
  std::string text;
  const FileOrigin origin{bed(bed.keeper().store_id()), 1'000'000, true};
  RecordFileWriter writer([&text](std::string_view line) { text += line; }, origin);
  const Result<FiledCounts> counts = bed(export_store(bed.store(), bed.keeper(), writer));
  REQUIRE(counts);
  return text;
}

std::string exported_run(RecordBed& bed, const std::string& run_id) {
  const Result<FiledRun> run = bed(read_filed(bed.store(), &bed.keeper(), run_id));
  REQUIRE(run);
  std::string text;
  const FileOrigin origin{bed(bed.keeper().store_id()), 1'000'000, false};
  RecordFileWriter writer([&text](std::string_view line) { text += line; }, origin);
  writer.write(*run);
  writer.end();
  return text;
}

std::function<bool(std::string&)> lines_in(const std::string& text) {
  auto stream = std::make_shared<std::istringstream>(text);
  return [stream](std::string& line) { return static_cast<bool>(std::getline(*stream, line)); };
}

FileReport checked(const std::string& text, const std::vector<std::string>& keys = {},
                   const std::vector<RootFile>& exported = {}) {
  return check_record_file(lines_in(text), keys, exported);
}

std::string first_of(const FileReport& report) {
  if (report.findings.empty()) return "nothing";
  const FileFinding& first = report.findings.front();
  return first.run_id + " " + std::to_string(first.seq) + " " + first.what;
}

Result<Imported> imported(RecordBed& bed, const std::string& text) {
  return bed(import_store(bed.store(), bed.keeper(), lines_in(text)));
}

bool holds_part(const std::string& text, const std::string& part) {
  UNSCOPED_INFO("the text: " << text);
  return text.find(part) != std::string::npos;
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The file with its end's hash made to fit, as somebody would who knows how it is made.
std::string closed_anew(const std::string& text) {
  std::string out;
  std::istringstream in(text);
  Hash running{};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("{\"end\"")) {
      Result<Json> end = parse_json(line);
      REQUIRE(end);
      (*end)["end"]["sha256"] = to_hex(running);
      line = to_text(*end);
    }
    Hasher hasher;
    hasher.field("yoke.file.1").field(running).field(line);
    running = hasher.finish();
    out += line + "\n";
  }
  return out;
}

Claim fork_off(RecordBed& bed, const std::string& run_id, const std::string& from,
               std::int64_t at) {
  NewRun run;
  run.run_id = run_id;
  run.agent = "analyst";
  run.created_at = 2'000'000;
  run.fork_run = from;
  run.fork_seq = at;
  Result<Created> created = bed(bed.store().create(std::move(run)));
  REQUIRE(created);
  Claim claim = created->claim;
  bed.append(claim, "{\"forked\":true}", true);
  return claim;
}

void check_chains(RecordBed& bed, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const Result<RunRow> row = bed(bed.store().get(id));
    const Result<std::vector<Record>> records = bed(bed.store().read(id, 0, 10'000));
    REQUIRE(row);
    REQUIRE(records);
    CHECK(verify_chain(*row, *records).empty());
  }
}

// Without the lines that begin so, and closed anew.
std::string without(const std::string& text, const std::string& begin) {
  std::string out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("{\"" + begin + "\"")) out += line + "\n";
  }
  return closed_anew(out);
}

RootFile newest(RecordBed& bed, bool with_runs) {
  Result<RootFile> file = bed(newest_root(bed.keeper(), "local", with_runs));
  REQUIRE(file);
  return std::move(*file);
}

}  // namespace

TEST_CASE("a store moves to another with chains, forks, messages, values, money and roots") {
  RecordBed from;
  from.add_run("A", 3);
  const Claim waiting = from.add_run("B", 2, true, "acme");
  REQUIRE(from(from.store().post({"B", "answer:q1", "answer", "kim", 5, Json{{"value", true}}})));
  fork_off(from, "C", "A", 2);
  const std::string big(100'000, 'x');
  Claim large = from.add_run("D", 1, true);
  from.append(large, "{\"text\":\"" + big + "\"}", true);
  REQUIRE(from(from.store().kv_set("local/notes", "colour", Json("blue"))));
  LedgerRow spent;
  spent.run_id = "";
  spent.call_id = "e1";
  spent.tenant = "local";
  spent.target = "lab/embed";
  spent.cost = 7;
  spent.opened_at = spent.at = 1'764'000'000'000'000;
  MoneyMoves moves;
  moves.ledger = {spent};
  REQUIRE(from(from.store().charge(std::move(moves))));
  from.seal();
  const std::string text = exported_store(from);
  CHECK(checked(text).findings.empty());

  RecordBed to;
  const Result<Imported> first = imported(to, text);
  REQUIRE(first);
  CHECK(first->runs == 4);
  CHECK(first->roots == 2);
  CHECK_FALSE(first->roots_left_out);
  check_chains(to, {"A", "B", "C", "D"});
  CHECK(to.check().findings.empty());
  CHECK(to(to.keeper().store_id()) == from(from.keeper().store_id()));
  CHECK(to(to.store().inbox("B")).size() == 1);
  CHECK(*to(to.store().kv_get("local/notes", "colour")) == Json("blue"));
  CHECK(to(to.store().ledger({})).rows.size() == 1);
  // What was exported of the first store holds for the second, which goes on from there.
  RootsWanted wanted;
  wanted.exported = {*from(newest_root(from.keeper(), "local", true))};
  to.add_run("E", 2);
  CHECK(to.seal().size() == 1);
  CHECK(to.check(wanted).findings.empty());
  // A run that waited can be taken up.
  const Result<Claim> taken = to(to.store().claim("B"));
  REQUIRE(taken);
  CHECK(taken->head_hash == waiting.head_hash);

  const Result<Imported> again = imported(to, text);
  REQUIRE(again);
  CHECK(again->runs == 0);
  CHECK(again->same == 4);
  CHECK(to(to.store().ledger({})).rows.size() == 1);
}

TEST_CASE("a store that has runs of its own takes runs in and keeps its own roots") {
  RecordBed from;
  from.add_run("A", 3);
  from.seal();
  RecordBed to;
  to.add_run("Z", 2);
  to.seal();
  const Result<Imported> done = imported(to, exported_store(from));
  REQUIRE(done);
  CHECK(done->runs == 1);
  CHECK(done->roots_left_out);
  CHECK(to.seal().size() == 1);
  CHECK(to.check().findings.empty());
}

TEST_CASE("what another run holds under the same id is not taken in") {
  RecordBed from;
  from.add_run("A", 3);
  RecordBed to;
  to.add_run("A", 4);
  const Result<Imported> refused = imported(to, exported_store(from));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::conflict);
  CHECK(holds_part(refused.error().message(), "run A is here already and is not the same"));
}

TEST_CASE("a fork is taken in after what it was forked off, and alone is refused") {
  RecordBed from;
  from.add_run("A", 3);
  fork_off(from, "C", "A", 2);
  const std::string alone = exported_run(from, "C");
  CHECK(checked(alone).findings.empty());  // it can be verified without its parent
  RecordBed to;
  const Result<Imported> refused = imported(to, alone);
  REQUIRE_FALSE(refused);
  CHECK(holds_part(refused.error().message(), "goes on from run A, event 2, which is not here"));
  REQUIRE(imported(to, exported_run(from, "A")));
  REQUIRE(imported(to, alone));
  check_chains(to, {"A", "C"});
  // A few runs of a store do not make another take its place.
  CHECK(to(to.keeper().store_id()) != from(from.keeper().store_id()));
}

TEST_CASE("a changed byte, a dropped event and a cut file are each found and named") {
  RecordBed bed;
  bed.add_run("A", 4);
  const std::string text = exported_run(bed, "A");
  CHECK(checked(text).findings.empty());
  CHECK(checked(text).counts.events == 4);

  const std::string byte = changed(text, "{\\\"n\\\":2}", "{\\\"n\\\":9}");
  CHECK(holds_part(first_of(checked(byte)), "A 2 the body does not match its hash"));
  const std::size_t at = text.find("{\"event\"", text.find("{\"event\"") + 1);
  std::string dropped = text;
  dropped.erase(at, text.find('\n', at) + 1 - at);
  CHECK(holds_part(first_of(checked(closed_anew(dropped))), "A 3 record 2 is missing"));
  CHECK(holds_part(first_of(checked(closed_anew(byte))), "A 2 the body does not match its hash"));
  const std::string cut = text.substr(0, text.rfind("{\"end\""));
  CHECK(holds_part(first_of(checked(cut)), "the file was cut off: its end is not there"));
  const std::string edge = changed(text, "\"agent\":\"analyst\"", "\"agent\":\"another\"");
  CHECK(holds_part(first_of(checked(edge)), "its lines do not come to the hash at its end"));
  CHECK(holds_part(first_of(checked("{\"hello\":1}\n")), "line 1: it is no record's file"));

  RecordBed to;
  const Result<Imported> refused = imported(to, closed_anew(byte));
  REQUIRE_FALSE(refused);
  CHECK(holds_part(refused.error().message(), "run A, event 2: the body does not match its hash"));
  CHECK_FALSE(to(to.store().get("A")));
}

TEST_CASE("a run that was rewritten before it was exported is caught by its root's proof") {
  RecordBed bed;
  const SigningKey key = SigningKey::generate();
  for (const char* id : {"A", "B", "C"}) bed.add_run(id, 3);
  bed.seal(&key);
  const std::string honest = exported_run(bed, "B");
  const FileReport fine = checked(honest, {key.key()});
  CHECK(fine.findings.empty());
  REQUIRE(fine.notes.size() == 1);
  CHECK(holds_part(fine.notes.front(), "up to event 3 it is covered by root 1"));
  bed.rehash("B", 2, "{\"n\":99}");
  const std::string forged = exported_run(bed, "B");
  CHECK(holds_part(first_of(checked(forged, {key.key()})), "it is not what root 1 covers"));
}

TEST_CASE("a file's root must be signed by the key that is named, and be the exported one") {
  RecordBed bed;
  const SigningKey key = SigningKey::generate();
  const SigningKey other = SigningKey::generate();
  bed.add_run("A", 3);
  const std::string unsealed = exported_run(bed, "A");
  CHECK(checked(unsealed).findings.empty());
  CHECK(holds_part(first_of(checked(unsealed, {key.key()})), "no root covers it"));
  bed.seal(&other);
  const std::string text = exported_run(bed, "A");
  CHECK(holds_part(first_of(checked(text, {key.key()})), "root 1 is signed by another key"));

  RecordBed elsewhere;
  elsewhere.add_run("A", 3);
  elsewhere.seal();
  const RootFile root = *elsewhere(newest_root(elsewhere.keeper(), "local", false));
  CHECK(holds_part(first_of(checked(text, {}, {root})), "the exported root is of another store"));
}

TEST_CASE("an erased run is exported with its hashes and without its words") {
  RecordBed bed;
  bed.add_run("A", 3);
  REQUIRE(bed(bed.store().erase("A", "kim")));
  const std::string text = exported_run(bed, "A");
  CHECK_FALSE(holds_part(text, "\"body\":"));
  CHECK(checked(text).findings.empty());
  RecordBed to;
  REQUIRE(imported(to, text));
  check_chains(to, {"A"});
  CHECK(to(to.store().get("A"))->erased_by == "kim");
}

TEST_CASE("events of another run cannot stand in a run's file") {
  RecordBed bed;
  bed.add_run("A", 2);
  bed.add_run("B", 2);
  const std::string text = exported_run(bed, "A");
  const std::string mixed = changed(text, "\"seq\":1}", "\"run\":\"B\",\"seq\":1}");
  CHECK_FALSE(checked(closed_anew(mixed)).findings.empty());
}

TEST_CASE("a run that was rewritten and has no proof any more is held to the roots named") {
  RecordBed bed;
  bed.add_run("A", 3);
  bed.add_run("B", 3);
  bed.seal();
  const RootFile root = newest(bed, false);
  const RootFile with_runs = newest(bed, true);
  const std::string honest = exported_run(bed, "A");
  CHECK(checked(honest, {}, {root}).findings.empty());
  CHECK(checked(without(honest, "proof"), {}, {with_runs}).findings.empty());
  bed.rehash("A", 2, "{\"n\":99}");
  const std::string forged = without(exported_run(bed, "A"), "proof");
  CHECK(holds_part(first_of(checked(forged, {}, {root})),
                   "A 0 none of the roots named can vouch for it"));
  CHECK(holds_part(first_of(checked(forged, {}, {with_runs})), "A 3 it was rewritten, or cut"));
}

TEST_CASE("a run whose root is not the one named is not vouched for by that") {
  RecordBed bed;
  bed.add_run("A", 3);
  bed.seal();
  bed.add_run("B", 3);
  bed.seal();
  const std::string text = exported_run(bed, "A");
  CHECK(holds_part(first_of(checked(text, {}, {newest(bed, false)})),
                   "root 1 covers it, which was not named"));
  CHECK(checked(text, {}, {newest(bed, true)}).findings.empty());
}

TEST_CASE("the roots in a store's file are held against its runs") {
  RecordBed bed;
  const SigningKey key = SigningKey::generate();
  bed.add_run("A", 3);
  bed.seal(&key);
  const RootFile first = newest(bed, false);
  bed.add_run("B", 3);
  bed.seal(&key);
  const std::string honest = exported_store(bed);
  CHECK(checked(honest, {key.key()}, {first}).findings.empty());
  CHECK(holds_part(first_of(checked(honest, {SigningKey::generate().key()})),
                   "it is signed by another key"));
  // Its first root is gone, its heads are others, it is by another store.
  std::string cut = honest;
  const std::size_t at = cut.find("{\"root\"");
  cut.erase(at, cut.find('\n', at) + 1 - at);
  CHECK(holds_part(first_of(checked(closed_anew(cut))), "root 1 is missing"));
  const std::string fewer = changed(honest, "\"runs\":1", "\"runs\":2");
  CHECK(holds_part(first_of(checked(closed_anew(fewer))), "it does not match its own hash"));
  const std::string covers = changed(honest, "\"covers\":[[\"A\",3", "\"covers\":[[\"A\",2");
  CHECK(holds_part(first_of(checked(closed_anew(covers))),
                   "the heads that are kept for it are not those it was made over"));
  const std::string bare = without(honest, "root");
  CHECK(holds_part(first_of(checked(bare, {}, {first})), "the exported root is not here"));
  CHECK(holds_part(first_of(checked(bare, {key.key()})), "no root covers it, though a key"));

  bed.rehash("A", 2, "{\"n\":99}");
  const std::string forged = exported_store(bed);
  CHECK(holds_part(first_of(checked(forged)), "A 0 it was rewritten up to event 3: root 1"));
  CHECK_FALSE(checked(without(forged, "root"), {}, {first}).findings.empty());
}

TEST_CASE("a file of what is newer than the root named says so, and of nothing named as well") {
  RecordBed bed;
  bed.add_run("A", 3);
  bed.seal();
  const RootFile root = newest(bed, false);
  bed.add_run("B", 3);
  const FileReport report = checked(exported_store(bed), {}, {root});
  CHECK(report.findings.empty());
  CHECK(holds_part(report.notes.back(), "B: no root that was named covers it; it is newer"));
  CHECK(holds_part(checked(exported_store(bed)).notes.back(), "nothing vouches"));
}

TEST_CASE("what was erased from a file, or cut out as if it were, is told") {
  RecordBed bed;
  bed.add_run("A", 3);
  REQUIRE(bed(bed.store().erase("A", "kim")));
  const FileReport report = checked(exported_run(bed, "A"));
  REQUIRE_FALSE(report.notes.empty());
  CHECK(holds_part(report.notes.front(), "A: its content was erased by kim at 20"));
}

TEST_CASE("a proof is by a root that covers no more of the run than is exported") {
  RecordBed bed;
  Claim claim = bed.add_run("A", 2, true);
  bed.seal();
  bed.append(claim, "{\"n\":3}", true);
  bed.seal();
  // As a reader sees it whose row is from before the second root.
  bed.meddle(
      "DELETE FROM journal WHERE seq=3; UPDATE runs SET head_seq=2, head_hash=(SELECT hash"
      " FROM journal WHERE seq=2)");
  const Result<FiledRun> run = bed(read_filed(bed.store(), &bed.keeper(), "A"));
  REQUIRE(run);
  REQUIRE(run->proof);
  CHECK(run->proof->root.n == 1);
  CHECK(run->proof->seq == 2);
}

TEST_CASE("a small value that was removed since a file was taken in does not come back with it") {
  RecordBed from;
  from.add_run("A", 2);
  for (const char* key : {"ci", "mail"}) {
    REQUIRE(from(from.store().kv_set("yoke:keys", key, Json("live"))));
  }
  const std::string text = exported_store(from);
  REQUIRE(from(from.store().kv_remove("yoke:keys", "ci")));
  const Result<Imported> back = imported(from, text);  // into the store that it is of
  REQUIRE(back);
  CHECK(back->values_left_out == 1);
  CHECK_FALSE(from(from.store().kv_get("yoke:keys", "ci")));

  RecordBed to;
  REQUIRE(to(to.store().kv_set("yoke:keys", "mail", Json("its own"))));
  const Result<Imported> first = imported(to, text);
  REQUIRE(first);
  CHECK(first->values == 1);
  CHECK(*to(to.store().kv_get("yoke:keys", "mail")) == Json("its own"));
  REQUIRE(to(to.store().kv_remove("yoke:keys", "ci")));
  REQUIRE(imported(to, text));
  CHECK_FALSE(to(to.store().kv_get("yoke:keys", "ci")));

  RecordBed other;  // has runs of its own
  other.add_run("Z", 1, true);
  const Result<Imported> beside = imported(other, text);
  REQUIRE(beside);
  CHECK(beside->values_left_out == 2);
  CHECK_FALSE(other(other.store().kv_get("yoke:keys", "ci")));
}

TEST_CASE("an import refuses runs that its file's roots or proofs do not cover, whoever calls it") {
  RecordBed from;
  for (const char* id : {"A", "B"}) from.add_run(id, 3);
  from.seal();
  const std::string honest = exported_store(from);
  from.rehash("A", 2, "{\"n\":99}");
  const std::string forged = exported_store(from);
  const std::string proof = exported_run(from, "A");

  RecordBed to;
  const Result<Imported> refused = imported(to, forged);
  REQUIRE_FALSE(refused);
  CHECK(holds_part(refused.error().message(), "run A: it was rewritten up to event 3: root 1"));
  CHECK(to(to.keeper().tenants_with_roots()).empty());
  RecordBed beside;  // which keeps roots of its own
  beside.add_run("Z", 1, true);
  CHECK(holds_part(imported(beside, forged).error().message(), "run A: it was rewritten"));
  RecordBed alone;
  CHECK(
      holds_part(imported(alone, proof).error().message(), "run A: it is not what root 1 covers"));
  CHECK_FALSE(alone(alone.store().get("A")));
  RecordBed fresh;
  const Result<Imported> taken = imported(fresh, honest);
  REQUIRE(taken);
  CHECK(taken->roots == 1);
}

TEST_CASE("an import that was cut off goes on with the same file, values with it") {
  RecordBed from;
  from.add_run("A", 2);
  REQUIRE(from(from.store().kv_set("local/notes", "colour", Json("blue"))));
  const std::string text = exported_store(from);
  RecordBed to;
  REQUIRE_FALSE(imported(to, text.substr(0, text.find("{\"value\""))));
  CHECK_FALSE(to(to.store().kv_get("local/notes", "colour")));
  REQUIRE(imported(to, text));
  CHECK(*to(to.store().kv_get("local/notes", "colour")) == Json("blue"));
  REQUIRE(to(to.store().kv_remove("local/notes", "colour")));
  REQUIRE(imported(to, text));
  CHECK_FALSE(to(to.store().kv_get("local/notes", "colour")));
}

}  // namespace yoke::testing
