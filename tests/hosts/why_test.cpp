#include <catch2/catch.hpp>

#include "hosts/cli/run_why.h"
#include "runtime/ports/model.h"
#include "tests/support/told_run.h"

// The story of a run: what is known of a thought is called what it is.
namespace yoke {
namespace {

Json why_of(const ToldRun& run) {
  RunRow row;
  row.run_id = run.run_id;
  row.agent = "clerk";
  const Result<Json> why = run_why(row, run.events);
  REQUIRE(why.has_value());
  return *why;
}

Json thought_of(std::vector<Part> parts, std::int64_t tokens = 0) {
  ToldRun run;
  Usage usage;
  usage.output = tokens;
  usage.reasoning = tokens;
  run.replied(std::move(parts), usage);
  return why_of(run)["steps"][0]["thought"];
}

ReasoningPart reasoning(std::string words, bool opaque) {
  ReasoningPart part;
  part.text = std::move(words);
  if (opaque) part.opaque = Opaque{"anthropic", "thinking", Json{{"signature", "s"}}};
  return part;
}

bool tells(const Json& why, const std::string& words) {
  const std::string text = why_text(why);
  const bool found = text.find(words) != std::string::npos;
  if (!found) WARN("'" << words << "' is not in: " << text);
  return found;
}

}  // namespace

TEST_CASE("a thought is called text, a summary, an opaque block, hidden or nothing, as it is") {
  CHECK(thought_of({reasoning("plainly", false), text("a")})["kind"] == "text");
  CHECK(thought_of({reasoning("in short", true), text("a")}, 9)["kind"] == "summary");
  const Json opaque = thought_of({reasoning("", true), text("a")}, 7);
  CHECK(opaque["kind"] == "opaque");
  CHECK(opaque["tokens"] == 7);
  CHECK_FALSE(opaque.contains("text"));
  CHECK(thought_of({text("a")}, 5)["kind"] == "hidden");
  ReasoningPart gemini = reasoning("in short", false);
  gemini.key = "thought";  // nothing to send back, and yet no more than a summary
  CHECK(thought_of({gemini, text("a")}, 5)["kind"] == "summary");
  ReasoningPart raw = reasoning("all of it", true);
  raw.key = "reasoning_text";
  CHECK(thought_of({raw, text("a")}, 5)["kind"] == "text");
  CHECK(thought_of({text("a")})["kind"] == "none");
}

TEST_CASE("the story says only of an opaque block how large it is") {
  ToldRun run;
  Usage usage;
  usage.output = usage.reasoning = 7;
  run.replied({reasoning("", true), text("the answer")}, usage);
  CHECK(tells(why_of(run), "thought: only an opaque block (7 tokens)"));
}

TEST_CASE("the story tells which target answered, and what became of those before it") {
  ToldRun run;
  const std::string id = run.model_called();
  ModelTry lost;
  lost.target = "far/big";
  lost.failure = FailureClass::quota;
  lost.message = "too many requests";
  ModelTry won;
  won.target = "lab/small";
  won.role = "escalated";
  run.add(EventKind::route_chosen, id,
          Json{{"route", "default"},
               {"target", "lab/small"},
               {"strategy", "cascade"},
               {"why", "the first could not"},
               {"tries", Json::array({to_json(lost), to_json(won)})}},
          1);
  run.add(EventKind::model_replied, id, ToldRun::replied_fields({text("done")}), 1);
  const Json why = why_of(run);
  CHECK(tells(why, "answered by lab/small (cascade): the first could not"));
  CHECK(tells(why, "far/big: failed, quota: too many requests"));
  CHECK(tells(why, "lab/small (escalated): answered"));
}

TEST_CASE("what an answer that was not taken had thought is not told of the one that was") {
  ToldRun run;
  const std::string id = run.model_called();
  ModelTry first;
  first.target = "lab/small";
  first.usage.reasoning = 5;
  ModelTry second;
  second.target = "far/big";
  second.role = "escalated";
  run.add(EventKind::route_chosen, id,
          Json{{"route", "default"},
               {"target", "far/big"},
               {"tries", Json::array({to_json(first), to_json(second)})}},
          1);
  Json fields = ToldRun::replied_fields({text("done")});
  fields["target"] = "far/big";
  fields["usage"]["reasoning"] = 5;
  run.add(EventKind::model_replied, id, std::move(fields), 1);
  CHECK(why_of(run)["steps"][0]["thought"]["kind"] == "none");
}

TEST_CASE("each call names the event whose reasoning it followed, and what policy and tool said") {
  ToldRun run;
  const std::int64_t reply = run.replied({reasoning("I look.", false), call("csv.stats", 1)});
  const std::string id = call_id_of(reply, 0);
  run.add(EventKind::policy_decided, id,
          Json{{"verdict", "deny"}, {"rule", "csv.*"}, {"tool", "csv.stats"}});
  run.add(EventKind::tool_called, id, ToldRun::tool_fields("csv.stats", Effect::read, reply), 1);
  run.tool_failed(id, Outcome::denied, "forbidden \x1b[31m");
  const Json why = why_of(run);
  const Json& told = why["steps"][0]["calls"][0];
  CHECK(told["follows"] == reply);
  CHECK(told["policy"]["verdict"] == "deny");
  CHECK(told["outcome"] == "denied");
  CHECK(tells(why, "after the reasoning of event " + std::to_string(reply)));
  CHECK(tells(why, "policy: deny by rule 'csv.*'"));
  CHECK(why_text(why).find('\x1b') == std::string::npos);
}

TEST_CASE("a call that follows no reasoning is not said to follow one, and one that waits waits") {
  ToldRun run;
  const std::int64_t reply = run.replied({call("csv.stats", 1)});
  const std::string id = call_id_of(reply, 0);
  run.add(EventKind::policy_decided, id,
          Json{{"verdict", "ask"}, {"rule", "csv.*"}, {"tool", "csv.stats"}});
  const Json asking = why_of(run);
  CHECK(tells(asking, "after event " + std::to_string(reply) + ", without reasoning on record"));
  CHECK(tells(asking, "was not made"));
}

TEST_CASE("a fork's story says whose its first steps are") {
  ToldRun run;
  run.replied({text("one")});
  run.add(EventKind::run_forked, "",
          Json{{"from", "01PARENT"}, {"from_seq", 3}, {"model", "lab/other"}});
  run.replied({text("two")});
  CHECK(tells(why_of(run),
              "fork   of run 01PARENT after its event 3; steps up to 1 are that run's, and paid "
              "there; then with lab/other"));
}

TEST_CASE("a model call that failed is a step with its class and what it cost") {
  ToldRun run;
  const std::string id = run.model_called();
  run.add(EventKind::model_failed, id, ToldRun::failed_fields("server", 5), 1);
  const Json why = why_of(run);
  CHECK(why["steps"][0]["failure"]["class"] == "server");
  CHECK(why["steps"][0]["cost"] == 5);
  CHECK(tells(why, "failed (server): it broke"));
}

}  // namespace yoke
