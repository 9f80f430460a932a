#include "agents/one_call.h"

#include <catch2/catch.hpp>

#include "runtime/engine/machine.h"
#include "tests/support/told_run.h"

namespace yoke {
namespace {

OneCall asking() {
  OneCall call;
  call.name = "ask";
  call.request.target = "lab/small";
  call.request.instructions = "Be brief.";
  Message message = user_message("What is on it?");
  message.parts.emplace_back(ImagePart{"image/png", "data:image/png;base64,AAAA"});
  call.request.messages.push_back(std::move(message));
  ToolSpec tool;
  tool.name = "csv.stats";
  tool.description = "Describes a file.";
  tool.input_schema = Json{{"type", "object"}};
  call.request.tools.push_back(std::move(tool));
  call.request.output_tokens_max = 77;
  call.request.temperature = 0.25;
  return call;
}

OneCall with_schema() {
  OneCall call = asking();
  call.request.output_schema = Json{{"type", "object"}, {"required", Json::array({"n"})}};
  return call;
}

Program program_of(OneCall call) {
  Result<Program> program = one_call_program(std::move(call));
  REQUIRE(program.has_value());
  return std::move(*program);
}

std::vector<Action> after_reply(const Program& program, std::vector<Part> parts,
                                const std::string& finish = "stop") {
  ToldRun run;
  Json fields = ToldRun::replied_fields(std::move(parts));
  fields["finish"] = finish;
  const std::string id = run.model_called();
  run.add(EventKind::model_replied, id, std::move(fields), 1);
  return program.agent->next(run.state);
}

template <class T>
T only(const std::vector<Action>& actions) {
  REQUIRE(actions.size() == 1);
  REQUIRE(std::holds_alternative<T>(actions.front()));
  return std::get<T>(actions.front());
}

}  // namespace

TEST_CASE("a one-call run asks with the request that it was given, whatever its task says") {
  const OneCall call = asking();
  const std::string wanted = to_text(call.request);
  const Program program = program_of(call);
  const ToldRun run;
  only<CallModel>(program.agent->next(run.state));
  const ModelRequest request = request_of(run.state, program);
  CHECK(to_text(request) == wanted);
  CHECK(request.target == "lab/small");
}

TEST_CASE("a one-call run pays no vendor for keeping a prompt that nothing will ask for again") {
  const ToldRun run;
  CHECK(request_of(run.state, program_of(asking())).cache_key.empty());
}

TEST_CASE("a one-call program that is restored from its source asks the same again") {
  const Program program = program_of(with_schema());
  REQUIRE(is_one_call(program.source));
  const Result<Json> kept = parse_json(to_text(program.source));
  REQUIRE(kept.has_value());
  const Result<Program> again = restore_one_call(*kept);
  REQUIRE(again.has_value());
  const ToldRun run;
  CHECK(hash_of(request_of(run.state, *again)) == hash_of(request_of(run.state, program)));
  CHECK(again->source == program.source);
  CHECK(again->agent->spec().name == "ask");
}

TEST_CASE("a one-call run completes with the text of its reply") {
  const Program program = program_of(asking());
  const auto end = only<Complete>(after_reply(program, {text("A cat.")}));
  CHECK(end.text == "A cat.");
  CHECK(end.output.is_null());
}

TEST_CASE("tool calls that a one-call run is answered with are listed and not made") {
  const Program program = program_of(asking());
  const auto end =
      only<Complete>(after_reply(program, {text("I look."), call("csv.stats", 3)}, "tool_calls"));
  CHECK(end.text == "I look.\ncsv.stats {\"n\":3}");
  CHECK(end.output ==
        Json{{"calls", Json::array({Json{{"tool", "csv.stats"}, {"args", {{"n", 3}}}}})}});
}

TEST_CASE(
    "a structured answer is the output of its one-call run, and one that does not fit fails") {
  const Program program = program_of(with_schema());
  CHECK(only<Complete>(after_reply(program, {text("```json\n{\"n\":1}\n```")})).output ==
        Json{{"n", 1}});
  const auto end = only<Fail>(after_reply(program, {text("{}")}));
  CHECK(end.reason == "output.invalid");
  CHECK(end.message.find("n") != std::string::npos);
}

TEST_CASE("a call where a value was asked for and no tools were offered is no answer") {
  OneCall call_less = with_schema();
  call_less.request.tools.clear();
  const Program program = program_of(std::move(call_less));
  const Fail failed = only<Fail>(after_reply(program, {call("csv.stats", 3)}, "tool_calls"));
  CHECK(failed.reason == "output.invalid");
  only<Complete>(after_reply(program_of(with_schema()), {call("csv.stats", 3)}, "tool_calls"));
}

TEST_CASE("a tool that a one-call run was not offered is the model's fault, and named") {
  const Fail near = only<Fail>(after_reply(program_of(asking()), {call("csv.stat", 3)}));
  CHECK(near.reason == "output.unknown_tool");
  CHECK(near.message ==
        "the model called 'csv.stat', which was not offered to it (did you mean 'csv.stats'?)");
  const Program program = program_of(asking());
  const Fail second = only<Fail>(after_reply(program, {call("csv.stats", 3), call("rm", 1)}));
  CHECK(second.reason == "output.unknown_tool");
  CHECK(second.message.find("'rm'") != std::string::npos);
  OneCall plain = asking();
  plain.request.tools.clear();
  const Fail none = only<Fail>(after_reply(program_of(std::move(plain)), {call("rm", 1)}));
  CHECK(none.message == "the model called 'rm', and no tools were offered to it");
}

TEST_CASE("a refusal ends a one-call run as refused") {
  const Program program = program_of(asking());
  const auto end = only<Fail>(after_reply(program, {text("I will not.")}, "refusal"));
  CHECK(end.reason == "refused");
  CHECK(end.message == "I will not.");
}

TEST_CASE("a request too large to be kept is refused before it is sent") {
  OneCall call = asking();
  call.request.messages.push_back(user_message(std::string(13u << 20, 'x')));
  const Result<Program> program = one_call_program(std::move(call));
  REQUIRE_FALSE(program.has_value());
  CHECK(program.error().code == Errc::too_large);
}

}  // namespace yoke
