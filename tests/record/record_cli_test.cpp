#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"

// The record through the program: sealed, checked, exported, moved, thinned.
namespace yoke::testing {
namespace {

// The program's own words for what went wrong, where it should not have.
Ended fine(const Ended& ended) {
  INFO(ended.out << ended.err);
  CHECK(ended.status == 0);
  return ended;
}

void add_config(const Sample& sample, const std::string& more) {
  sample.write("yoke.toml", sample.read("yoke.toml") + more);
}

// Rewrites what the run's task was in its first event, and leaves the hashes as they are.
void change_task(const Sample& sample, const std::string& id) {
  CHECK(sample.meddle("UPDATE journal SET body=replace(body, 'say hello', 'say adieu') WHERE "
                      "seq=1 AND run_no=(SELECT run_no FROM runs WHERE run_id='" +
                      id + "')") == 1);
}

std::string question_of(const Sample& sample, const std::string& id) {
  for (const Json& event : sample.events(id)) {
    if (string_at(event, "kind") == "question.asked") return string_at(event, "question");
  }
  FAIL("nothing was asked");
  return {};
}

std::string page_of(const Sample& sample, const std::string& id) {
  return fine(sample.yoke(Args{"runs", "export", id, "--as", "html"})).out;
}

}  // namespace

TEST_CASE("a root is made, exported, and what it covers is held against it") {
  const Sample sample;
  const std::string id = sample.run("say hello");
  CHECK(holds(fine(sample.yoke(Args{"store", "seal"})).out, "root 1 of local: "));
  CHECK(holds(fine(sample.yoke(Args{"store", "seal"})).err, "nothing has changed"));
  const std::string root = sample.file("root.json");
  CHECK(holds(fine(sample.yoke(Args{"store", "root", "--to", root, "--with-runs"})).err,
              "exported root 1 of local"));
  CHECK(holds(fine(sample.yoke(Args{"store", "roots"})).out, "signed"));
  const Ended whole = fine(sample.yoke(Args{"runs", "verify", "--root", root}));
  CHECK(holds(whole.err, "1 root covers 1 head, as it was"));
  change_task(sample, id);
  const Ended byte = sample.yoke(Args{"runs", "verify", "--root", root});
  CHECK(byte.status == 1);
  CHECK(holds(byte.out, id + " event 1: the body does not match its hash"));
}

TEST_CASE("a row that says otherwise than its journal is named, and so are roots that are gone") {
  const Sample sample;
  const std::string id = sample.run("say hello");
  sample.run("open", 3);
  const std::string key(trim(fine(sample.yoke(Args{"store", "keygen", "record.key"})).out));
  add_config(sample, "\n[record]\nkey = \"file:record.key\"\n");
  fine(sample.yoke(Args{"store", "seal"}));
  fine(sample.yoke(Args{"runs", "verify", "--key", key}));
  fine(sample.yoke(Args{"runs", "verify", id, "--key", key}));
  const std::string all = sample.file("all.jsonl");
  fine(sample.yoke(Args{"store", "export", all}));
  CHECK(holds(fine(sample.yoke(Args{"runs", "verify", "--file", all})).out, "signed by " + key));
  CHECK(sample.meddle("UPDATE runs SET agent='lonely' WHERE run_id='" + id + "'") == 1);
  const Ended row = sample.yoke(Args{"runs", "verify"});
  CHECK(row.status == 1);
  CHECK(holds(row.out, id + ": its row says agent 'lonely', its journal 'helper'"));
  CHECK(sample.meddle("UPDATE runs SET agent='helper' WHERE run_id='" + id + "'") == 1);
  CHECK(sample.meddle("DELETE FROM audit_heads") == 2);
  const Ended one = sample.yoke(Args{"runs", "verify", id, "--key", key});
  CHECK(one.status == 1);
  CHECK(holds(one.out, id + ": no root covers it, though a key is named"));
  CHECK(sample.meddle("DELETE FROM audit_roots") == 1);
  const Ended none = sample.yoke(Args{"runs", "verify", "--key", key});
  CHECK(none.status == 1);
  CHECK(holds(none.out, "tenant local: it has runs and no root, though a key is named"));
}

TEST_CASE("a root of another store, and a file that is none, are refused by name") {
  const Sample sample;
  const Sample other;
  sample.run("say hello");
  other.run("say hello");
  fine(other.yoke(Args{"store", "seal"}));
  fine(sample.yoke(Args{"store", "seal"}));
  const std::string root = other.file("root.json");
  fine(other.yoke(Args{"store", "root", "--to", root}));
  const Ended found = sample.yoke(Args{"runs", "verify", "--root", root});
  CHECK(found.status == 1);
  CHECK(holds(found.out, "the exported root is of another store"));
  const Ended none = sample.yoke(Args{"runs", "verify", "--root", sample.file("yoke.toml")});
  CHECK(none.status == 2);
  CHECK(holds(none.err, "yoke.toml: it is no exported root"));
  const Sample unsealed;
  unsealed.run("say hello");
  const Ended missing = unsealed.yoke(Args{"store", "root"});
  CHECK(missing.status == 1);
  CHECK(holds(missing.err, "make one with: yoke store seal"));
}

TEST_CASE("a key signs roots, is for its owner alone, and is never shown") {
  const Sample sample;
  sample.run("say hello");
  const Ended made = fine(sample.yoke(Args{"store", "keygen", ".yoke/record.key"}));
  const std::string key(trim(made.out));
  CHECK(key.starts_with("ed25519:"));
  const std::string pem = sample.read(".yoke/record.key");
  CHECK(holds(pem, "BEGIN PRIVATE KEY"));
  struct stat found = {};
  REQUIRE(::stat(sample.file(".yoke/record.key").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  CHECK((made.out + made.err).find(split(pem, '\n')[1]) == std::string::npos);
  CHECK(sample.yoke(Args{"store", "keygen", ".yoke/record.key"}).status == 1);
  CHECK(sample.read(".yoke/record.key") == pem);

  add_config(sample, "\n[record]\nkey = \"file:.yoke/record.key\"\n");
  CHECK(holds(fine(sample.yoke(Args{"store", "seal"})).out, "signed by " + key));
  fine(sample.yoke(Args{"runs", "verify"}));
  const Ended other = sample.yoke(Args{"store", "keygen", "other.key"});
  const std::string theirs(trim(other.out));
  add_config(sample, "");
  std::filesystem::remove(sample.file(".yoke/record.key"));
  const Ended lost = sample.yoke(Args{"store", "seal"});
  CHECK(lost.status != 0);
  CHECK(holds(lost.err, "[record] key"));
  const Ended known = fine(sample.yoke(Args{"runs", "verify", "--key", key}));
  CHECK(holds(known.err, "1 root covers"));
  const Ended wrong = sample.yoke(Args{"runs", "verify", "--key", theirs});
  CHECK(wrong.status == 1);
  CHECK(holds(wrong.out, "it is signed by another key, " + key));
}

TEST_CASE("a key in the vault signs, and the vault keeps what it has") {
  const Sample sample;
  sample.run("say hello");
  fine(sample.yoke(Args{"store", "keygen", "--vault", "record-key"}));
  CHECK(sample.yoke(Args{"store", "keygen", "--vault", "record-key"}).status == 1);
  add_config(sample, "\n[record]\nkey = \"vault:record-key\"\n");
  CHECK(holds(fine(sample.yoke(Args{"store", "seal"})).out, "signed by ed25519:"));
  CHECK(sample.yoke(Args{"store", "keygen"}).status == 2);
}

TEST_CASE("a section that is wrong is named with its line") {
  const Sample sample;
  add_config(sample, "\n[record]\nkey = \"-----BEGIN PRIVATE KEY-----\"\n");
  const Ended held = sample.yoke(Args{"store", "seal"});
  CHECK(held.status == 2);
  CHECK(holds(held.err, "must say where the key is, not hold it"));
  CHECK(holds(held.err, "yoke.toml:"));
  const Sample other;
  add_config(other, "\n[retention]\ncompletd = \"90d\"\n");
  CHECK(holds(other.yoke(Args{"store", "gc"}).err, "completed"));
}

TEST_CASE("a run's journal is verified far from its store, and found when it was changed") {
  const Sample sample;
  const Sample elsewhere;
  const std::string id = sample.run("count one two");
  fine(sample.yoke(Args{"store", "seal"}));
  const std::string file = sample.file("run.jsonl");
  fine(sample.yoke(Args{"runs", "export", id, "--to", file}));
  const Ended whole = fine(elsewhere.yoke(Args{"runs", "verify", "--file", file}));
  CHECK(holds(whole.err, "the file is whole"));
  CHECK(holds(whole.out, "it is covered by root 1"));
  std::string text = sample.read("run.jsonl");
  const std::size_t at = text.find("one two", text.find("{\"event\""));
  REQUIRE(at != std::string::npos);
  text.replace(at, 3, "two");
  sample.write("changed.jsonl", text);
  const Ended changed =
      elsewhere.yoke(Args{"runs", "verify", "--file", sample.file("changed.jsonl")});
  CHECK(changed.status == 1);
  CHECK(holds(changed.out, id + " event 1: the body does not match its hash"));
  CHECK(sample.yoke(Args{"runs", "export", id, "--redact"}).status == 2);
}

TEST_CASE("a report tells the run, and what was said in it cannot become markup") {
  const Sample sample;
  const std::string id =
      sample.run("say <script>alert(1)</script> ``` </pre> [x](javascript:alert(1))");
  const std::string page = fine(sample.yoke(Args{"runs", "export", id, "--as", "html"})).out;
  CHECK(holds(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK_FALSE(page.find("<script") != std::string::npos);
  CHECK(page.find(" src=") == std::string::npos);
  CHECK(page.find(" href=") == std::string::npos);
  CHECK(holds(page, "default-src 'none'"));
  CHECK(holds(page, "prefers-color-scheme: dark"));
  CHECK(holds(page, "I am to speak."));
  CHECK(holds(page, "demo/sample"));
  const std::string text = fine(sample.yoke(Args{"runs", "export", id, "--as", "markdown"})).out;
  CHECK(holds(text, "# say \\<script\\>"));
  CHECK(holds(text, "````\n"));  // longer than any fence inside
  CHECK(holds(text, "\n## Cost\n"));
}

TEST_CASE("a report shows calls, approvals and how long they took") {
  const Sample sample;
  const std::string id = sample.run("open", 3);
  CHECK(holds(page_of(sample, id), "<td>open</td><td></td>"));  // no yes yet, so none of any reach
  fine(sample.yoke(Args{"runs", "answer", id, question_of(sample, id), "yes"}));
  fine(sample.yoke(Args{"runs", "resume", id}));
  const std::string page = page_of(sample, id);
  CHECK(holds(page, "<h2>Approvals</h2>"));
  CHECK(holds(page,
              "<tr><td>door.open(who=&quot;anna&quot;)</td><td>yes</td><td>tester</td>"
              "<td>this once</td>"));
  CHECK(holds(page, "tester answered: yes"));
  CHECK(holds(page, ") · approved by tester</span>"));
  CHECK(holds(page,
              ">asked: Allow door.open?</span><span class=\"track\"><span "
              "class=\"bar person\""));
  CHECK(holds(page, ">demo/sample</span><span class=\"track\"><span class=\"bar step\""));
  CHECK(holds(page, "opened_for"));
  const std::string text = fine(sample.yoke(Args{"runs", "export", id, "--as", "markdown"})).out;
  CHECK(holds(text, "| door.open(who=\"anna\") | yes | tester | this once |"));
}

TEST_CASE("a report says of a call that was rejected no reach, and of a run that failed so") {
  const Sample sample;
  const std::string id = sample.run("open", 3);
  fine(sample.yoke(Args{"runs", "answer", id, question_of(sample, id), "not <b>now</b>"}));
  sample.yoke(Args{"runs", "resume", id});
  CHECK(holds(page_of(sample, id), "<td>not &lt;b&gt;now&lt;/b&gt;</td><td>tester</td><td></td>"));
  CHECK(holds(page_of(sample, sample.run("fail", 1)), "<p class=\"status bad\">failed"));
}

TEST_CASE("a report has the pictures that a run was shown, and fetches none that are elsewhere") {
  const Sample sample;
  add_config(sample, "[backends.demo.models.\"*\"]\nimages = true\n");
  const std::string bytes =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
      "awAAAABJRU5ErkJggg==";
  const std::string picture = "data:image/png;base64," + bytes;
  fine(sample.yoke(Args{"run", "helper", "say hello", "--image", picture, "--image",
                        "https://pictures.example/cat.png"}));
  const std::string page = page_of(sample, "@last");
  CHECK(holds(page, "<img alt=\"image-1-1 · image/png, 70 bytes\" src=\"" + picture + "\">"));
  CHECK(holds(page, "img-src data:;"));
  CHECK(holds(page, "https://pictures.example/cat.png</figcaption>"));
  CHECK(page.find("src=\"http") == std::string::npos);
  const std::string text =
      fine(sample.yoke(Args{"runs", "export", "@last", "--as", "markdown"})).out;
  CHECK(holds(text, "image/png, 70 bytes"));
}

TEST_CASE("spans of a run are told without what was said, unless that is asked for") {
  const Sample sample;
  const std::string id = sample.run("count one two");
  const Ended plain = fine(sample.yoke(Args{"runs", "export", id, "--as", "otlp"}));
  const Result<Json> body = parse_json(plain.out);
  REQUIRE(body.has_value());
  const Json& spans = (*body)["resourceSpans"][0]["scopeSpans"][0]["spans"];
  REQUIRE(spans.size() >= 3);
  CHECK(string_at(spans[0], "name") == "invoke_agent helper");
  CHECK_FALSE(plain.out.find("one two") != std::string::npos);
  CHECK(holds(fine(sample.yoke(Args{"runs", "export", id, "--as", "otlp", "--content"})).out,
              "one two"));
}

TEST_CASE("what guards know by its shape is cut out of exports when asked for") {
  const Sample sample;
  const std::string id = sample.run("say write to ann.lee@example.com please");
  for (const char* form : {"html", "markdown", "otlp"}) {
    const Args args{"runs", "export", id, "--as", form, "--content"};
    CHECK(holds(fine(sample.yoke(args)).out, "ann"));
    Args redacted = args;
    redacted.push_back("--redact");
    CHECK_FALSE(fine(sample.yoke(redacted)).out.find("ann.lee") != std::string::npos);
  }
}

TEST_CASE("runs become conversations to train on, with a manifest of where they are from") {
  const Sample sample;
  const std::string counted = sample.run("count one two");
  sample.run("say my mail is ann.lee@example.com");
  sample.run("fail", 1);
  const std::string file = sample.file("set.jsonl");
  fine(sample.yoke(Args{"runs", "export", "--as", "sft", "--redact", "--to", file}));
  const std::vector<Json> lines = json_lines(sample.read("set.jsonl"));
  REQUIRE(lines.size() == 2);
  const Json& chat = lines[1]["messages"];
  REQUIRE(chat.size() == 5);
  CHECK(string_at(chat[0], "role") == "system");
  CHECK(string_at(chat[1], "content") == "count one two");
  const Json& call = chat[2]["tool_calls"][0]["function"];
  CHECK(string_at(call, "name") == "words_count");
  CHECK(string_at(call["arguments"], "text") == "one two");
  CHECK(string_at(chat[3], "role") == "tool");
  CHECK(string_at(chat[3], "name") == "words_count");
  CHECK(string_at(chat[4], "role") == "assistant");
  CHECK(lines[1]["tools"][0]["type"] == "function");
  CHECK_FALSE(sample.read("set.jsonl").find("ann.lee") != std::string::npos);
  const Result<Json> manifest = parse_json(sample.read("set.jsonl.manifest.json"));
  REQUIRE(manifest.has_value());
  CHECK(integer_at(*manifest, "examples") == 2);
  CHECK((*manifest)["runs"].size() == 2);
  CHECK(holds(to_text(*manifest), counted));

  fine(
      sample.yoke(Args{"runs", "export", counted, "--as", "sft", "--for", "openai", "--to", file}));
  const std::vector<Json> openai = json_lines(sample.read("set.jsonl"));
  REQUIRE(openai.size() == 1);
  const Json& first = openai[0]["messages"][2]["tool_calls"][0];
  CHECK(first["function"]["arguments"].is_string());
  CHECK(string_at(first, "id") == string_at(openai[0]["messages"][3], "tool_call_id"));
  CHECK(sample.yoke(Args{"runs", "export", "--as", "sft"}).status == 2);
}

TEST_CASE("replies whose terms nobody vouched for are left out, and so are whole conversations") {
  const Sample sample;
  sample.run("say hello");
  add_config(sample, "");
  std::string config = sample.read("yoke.toml");
  const std::string preset = "preset = \"scripted\"\n";
  config.insert(config.find(preset) + preset.size(), "training = false\n");
  sample.write("yoke.toml", config);
  const std::string file = sample.file("set.jsonl");
  const Ended ended = fine(sample.yoke(Args{"runs", "export", "--as", "sft", "--to", file}));
  CHECK(holds(ended.err, "left out 1 run: [backends.demo] training = false forbids it"));
  CHECK(sample.read("set.jsonl").empty());
  CHECK(holds(sample.read("set.jsonl.manifest.json"), "training = false"));
}

TEST_CASE("a call that a person put right becomes a pair") {
  const Sample sample;
  const std::string id = sample.run("open", 3);
  fine(sample.yoke(Args{"runs", "answer", id, question_of(sample, id),
                        "{\"approve\":true,\"args\":{\"who\":\"bob\"}}"}));
  fine(sample.yoke(Args{"runs", "resume", id}));
  const std::string file = sample.file("pairs.jsonl");
  fine(sample.yoke(Args{"runs", "export", "--as", "dpo", "--to", file}));
  const std::vector<Json> lines = json_lines(sample.read("pairs.jsonl"));
  REQUIRE(lines.size() == 1);
  const auto who = [](const Json& reply) {
    return string_at(reply[0]["tool_calls"][0]["function"]["arguments"], "who");
  };
  CHECK(who(lines[0]["chosen"]) == "bob");
  CHECK(who(lines[0]["rejected"]) == "anna");
  CHECK(string_at(lines[0]["prompt"].back(), "role") == "user");
  CHECK(holds(sample.read("pairs.jsonl.manifest.json"), "a person put its arguments right"));
}

TEST_CASE("answers to one prompt that pass and that fail a check become pairs") {
  const Sample sample;
  // Another model's answer to the same request, as a comparison or a second try gives it.
  sample.run("say yes, gladly");
  std::string model = sample.read("models/sample.lua");
  const std::string speaks = "text = rest }";
  model.replace(model.find(speaks), speaks.size(), "text = \"no\" }");
  sample.write("models/sample.lua", model);
  sample.run("say yes, gladly");
  sample.write("checks.toml", "[[check]]\ncontains = \"gladly\"\n");
  const std::string file = sample.file("pairs.jsonl");
  fine(sample.yoke(Args{"runs", "export", "--as", "dpo", "--for", "openai", "--checks",
                        sample.file("checks.toml"), "--to", file}));
  const std::vector<Json> lines = json_lines(sample.read("pairs.jsonl"));
  REQUIRE(lines.size() == 1);
  CHECK(string_at(lines[0]["preferred_output"][0], "content") == "yes, gladly");
  CHECK(string_at(lines[0]["non_preferred_output"][0], "content") == "no");
  CHECK(lines[0]["input"]["messages"].is_array());
  fine(sample.yoke(
      Args{"runs", "export", "--as", "sft", "--checks", sample.file("checks.toml"), "--to", file}));
  CHECK(json_lines(sample.read("pairs.jsonl")).size() == 1);
}

TEST_CASE("a store is exported, taken in elsewhere and backed up, and verifies there") {
  const Sample sample;
  sample.run("say hello");
  sample.run("open", 3);
  fine(sample.yoke(Args{"store", "seal"}));
  const std::string root = sample.file("root.json");
  fine(sample.yoke(Args{"store", "root", "--to", root}));
  const std::string all = sample.file("all.jsonl");
  CHECK(holds(fine(sample.yoke(Args{"store", "export", all})).err, "exported 2 runs"));
  const std::string moved = "sqlite:" + sample.file("moved.db");
  CHECK(holds(fine(sample.yoke(Args{"store", "import", all, "--store", moved})).err,
              "imported 2 runs"));
  CHECK(holds(fine(sample.yoke(Args{"store", "import", all, "--store", moved})).err,
              "2 runs of it here already"));
  fine(sample.yoke(Args{"runs", "verify", "--root", root, "--store", moved}));
  std::string text = sample.read("all.jsonl");
  const std::string agent = "\"agent\":\"helper\"";
  text.replace(text.find(agent), agent.size(), "\"agent\":\"lonely\"");
  sample.write("changed.jsonl", text);
  const std::string other = "sqlite:" + sample.file("other.db");
  const Ended refused =
      sample.yoke(Args{"store", "import", sample.file("changed.jsonl"), "--store", other});
  CHECK(refused.status == 1);
  CHECK(holds(refused.err, "its row says agent 'lonely', its journal 'helper'"));
  CHECK_FALSE(std::filesystem::exists(sample.file("other.db")));
  const std::string copy = sample.file("copy.db");
  CHECK(holds(fine(sample.yoke(Args{"store", "backup", copy})).err, "backed up 2 runs"));
  fine(sample.yoke(Args{"runs", "verify", "--root", root, "--store", "sqlite:" + copy}));
  const Ended again = sample.yoke(Args{"store", "backup", copy});
  CHECK(again.status == 1);
  CHECK(holds(again.err, "it is there already"));
}

TEST_CASE("what is past its time is erased by gc, and the record verifies after it") {
  const Sample sample;
  const std::string id = sample.run("say hello");
  fine(sample.yoke(Args{"store", "seal"}));
  CHECK(holds(fine(sample.yoke(Args{"store", "gc"})).err, "erased 0 runs"));
  add_config(sample, "\n[retention]\ncompleted = \"1ms\"\n");
  CHECK(holds(fine(sample.yoke(Args{"store", "gc"})).err, "erased 1 run past its time"));
  CHECK(holds(fine(sample.yoke(Args{"runs", "show", id})).err, "was erased by retention"));
  const Ended whole = fine(sample.yoke(Args{"runs", "verify"}));
  CHECK(holds(whole.err, "1 root covers 1 head, as it was"));
}

TEST_CASE("a host seals by the clock, and a key that is not there keeps it from serving") {
  const Sample sample;
  sample.run("say hello");
  {
    Process serving("/bin/sh", sample.options({"-c", "exec \"$0\" serve --listen 127.0.0.1:0 2>&1",
                                               YOKE_PROGRAM}));
    serving.wait_for("ready on ");
    Ended roots = sample.yoke(Args{"store", "roots"});
    for (int tried = 0; tried < 1000 && roots.out.empty(); ++tried) {
      roots = sample.yoke(Args{"store", "roots"});
    }
    CHECK(holds(roots.out, "root"));
    serving.signal(SIGTERM);
    serving.wait();
  }
  add_config(sample, "\n[record]\nkey = \"file:nowhere.key\"\n");
  const Ended refused = sample.yoke(Args{"serve", "--listen", "127.0.0.1:0"});
  CHECK(refused.status != 0);
  CHECK(holds(refused.err, "[record] key"));
}

TEST_CASE("a store is sealed and cleared up while a host holds it, and its chains verify") {
  const Sample sample;
  const std::string id = sample.run("say hello");
  const std::string waiting = sample.run("open", 3);
  fine(sample.yoke(Args{"store", "keygen", ".yoke/record.key"}));
  add_config(sample,
             "\n[record]\nkey = \"file:.yoke/record.key\"\nseal_every = \"0s\"\n"
             "\n[retention]\ncancelled = \"1ms\"\n");
  Process serving("/bin/sh", sample.options({"-c", "exec \"$0\" serve --listen 127.0.0.1:0 2>&1",
                                             YOKE_PROGRAM}));
  serving.wait_for("ready on ");
  CHECK(holds(fine(sample.yoke(Args{"store", "seal"})).out, "root 1 of local: "));
  CHECK(holds(fine(sample.yoke(Args{"store", "seal"})).err, "nothing has changed"));
  fine(sample.yoke(Args{"runs", "cancel", waiting}));
  fine(sample.yoke(Args{"runs", "events", waiting, "--follow"}));  // until it has ended
  const Ended sealed = fine(sample.yoke(Args{"store", "seal", "--json"}));
  CHECK(integer_at(json_lines(sealed.out).front(), "n") == 2);
  CHECK(holds(fine(sample.yoke(Args{"store", "gc"})).err, "erased 1 run past its time"));
  CHECK(integer_at(json_lines(fine(sample.yoke(Args{"store", "gc", "--json"})).out).front(),
                   "erased") == 0);
  const std::string copy = sample.file("copy.db");
  CHECK(holds(fine(sample.yoke(Args{"store", "backup", copy})).err, "backed up 2 runs"));
  fine(sample.yoke(Args{"store", "export", sample.file("all.jsonl")}));
  const Ended refused = sample.yoke(Args{"store", "import", sample.file("all.jsonl")});
  CHECK(refused.status == 1);
  CHECK(holds(refused.err, "an import takes it for itself, so stop 'yoke serve'"));
  CHECK(holds(fine(sample.yoke(Args{"runs", "verify"})).err, "2 roots cover"));
  CHECK(holds(fine(sample.yoke(Args{"runs", "show", waiting})).err, "was erased by retention"));
  CHECK(holds(fine(sample.yoke(Args{"runs", "show", id})).out, "hello"));
  serving.signal(SIGTERM);
  serving.wait();
  fine(sample.yoke(Args{"runs", "verify", "--store", "sqlite:" + copy}));
}

TEST_CASE("a key that is gone keeps a host from sealing, and the host says so") {
  const Sample sample;
  sample.run("say hello");
  fine(sample.yoke(Args{"store", "keygen", ".yoke/record.key"}));
  add_config(sample, "\n[record]\nkey = \"file:.yoke/record.key\"\nseal_every = \"0s\"\n");
  Process serving("/bin/sh", sample.options({"-c", "exec \"$0\" serve --listen 127.0.0.1:0 2>&1",
                                             YOKE_PROGRAM}));
  serving.wait_for("ready on ");
  std::filesystem::remove(sample.file(".yoke/record.key"));
  const Ended refused = sample.yoke(Args{"store", "seal"});
  CHECK(refused.status != 0);
  CHECK(holds(refused.err, "[record] key"));
  serving.signal(SIGTERM);
  serving.wait();
}

}  // namespace yoke::testing
