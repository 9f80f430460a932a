#include "runtime/engine/compaction.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "runtime/journal/history.h"
#include "runtime/ports/run_extras.h"
#include "tests/engine/engine_world.h"

// Room in a model's window.
namespace yoke {
namespace {

class WindowTools final : public ToolSet, public RunExtras {
 public:
  WindowTools(const ToolSet& tools, std::int64_t window) : tools_(tools), window_(window) {}
  Tool* find(std::string_view name) const override { return tools_.find(name); }
  std::vector<const ToolSpec*> list() const override { return tools_.list(); }
  std::int64_t window_of(std::string_view) const override { return window_; }

 private:
  const ToolSet& tools_;
  std::int64_t window_;
};

bool is_summing_up(const ModelRequest& request) {
  return request.instructions.starts_with("You sum up");
}

// A model that calls a tool so many times, each with another argument, and then answers.
struct LongRun {
  explicit LongRun(int calls, std::int64_t window = 2000) : window_(window) {
    world.agent.limits.steps = 10'000;
    world.agent.output_tokens_max = 200;
    world.tools.add("a.x", Effect::read).answer = [](const ToolRequest& request) {
      ToolOutcome outcome;
      outcome.value = Json{{"n", request.args["n"]}, {"row", std::string(400, 'r')}};
      outcome.label = kTrustedPrivate;
      return outcome;
    };
    world.model.script = [this, calls](const ModelRequest& request, int) {
      most = std::max(most, machine::tokens_of(request));
      if (is_summing_up(request)) {
        ++summaries;
        return says("summary " + std::to_string(summaries));
      }
      if (made == calls) return says("done");
      return wants({call("a.x", made++)});
    };
  }
  StartRun request(const std::string& task = "go") {
    StartRun start = world.request(task);
    start.program.tools = std::make_shared<const WindowTools>(world.tools, window_);
    world.programs.program = start.program;
    return start;
  }
  std::string run(const std::string& task = "go") {
    const std::string id = world.create(request(task));
    end = world.drive(id);
    return id;
  }
  std::vector<Event> of_kind(const std::string& id, EventKind kind) {
    std::vector<Event> all = world.events(id);
    std::erase_if(all, [kind](const Event& event) { return event.kind != kind; });
    return all;
  }
  void check_replays(const std::string& id) {
    const std::vector<Record> records = world.get(read_records(world.node().store(), id)).value();
    const ReplayReport report =
        replay_run(world.row(id), records, world.programs.program, world.state(id).prior);
    CAPTURE(report.differs_at, report.recorded, report.replayed);
    CHECK(report.differs_at == 0);
    CHECK(report.chain_matches);
  }

  EngineWorld world;
  RunEnd end;
  int made = 0;
  int summaries = 0;
  std::int64_t most = 0;

 private:
  std::int64_t window_;
};

// Every result answers a call of the message before it, and every call has its result.
bool is_paired(const std::vector<Message>& messages) {
  std::size_t open = 0;
  for (const Message& message : messages) {
    const auto count = [&message](auto is) {
      return static_cast<std::size_t>(
          std::count_if(message.parts.begin(), message.parts.end(), is));
    };
    const std::size_t results =
        count([](const Part& part) { return std::holds_alternative<ToolResultPart>(part); });
    if (results != open) return false;
    open = count([](const Part& part) { return std::holds_alternative<ToolCallPart>(part); });
  }
  return open == 0;
}

TEST_CASE("a run that outgrows its window sums up what is older and goes on") {
  LongRun run(30);
  const std::string id = run.run("count the rows");
  CHECK(run.end.state.status == RunStatus::completed);
  CHECK(run.summaries > 1);
  CHECK(run.most + 200 <= 2000);
  for (const ModelRequest& request : run.world.model.requests) {
    CHECK(is_paired(request.messages));
    if (is_summing_up(request)) continue;
    CHECK(text_of(request.messages.at(0)) == "count the rows");
  }
  const std::vector<Event> compacted = run.of_kind(id, EventKind::context_compacted);
  REQUIRE(compacted.size() == static_cast<std::size_t>(run.summaries));
  std::int64_t upto = 0;
  for (const Event& event : compacted) {
    CHECK(integer_at(event.fields, "after") < integer_at(event.fields, "before"));
    CHECK(integer_at(event.fields, "upto") > upto);
    upto = integer_at(event.fields, "upto");
  }
  const std::vector<Message> shown = history_of(run.world.state(id));
  CHECK(text_of(shown.at(1)).ends_with("summary " + std::to_string(run.summaries)));
  run.check_replays(id);
}

TEST_CASE("the calls that sum up are journaled with their purpose, and count against limits") {
  LongRun run(30);
  const std::string id = run.run();
  int purposes = 0;
  for (const Event& event : run.of_kind(id, EventKind::model_called)) {
    purposes += string_at(event.fields, "purpose") == "compaction" ? 1 : 0;
  }
  CHECK(purposes == run.summaries);
  CHECK(run.end.state.own_steps() == 31 + run.summaries);
}

TEST_CASE("a run that fits is left alone, and so is one whose window is not known") {
  LongRun fits(3);
  fits.run();
  CHECK(fits.summaries == 0);
  LongRun unknown(30, 0);
  unknown.run();
  CHECK(unknown.summaries == 0);
  CHECK(unknown.end.state.status == RunStatus::completed);
}

TEST_CASE("500 steps grow the journal by as much at their end as at their beginning") {
  LongRun run(500);
  const std::string id = run.run();
  CHECK(run.end.state.status == RunStatus::completed);
  CHECK(run.most + 200 <= 2000);
  const std::vector<Event> events = run.world.events(id);
  const auto bytes_of_part = [&](std::size_t part) {
    std::size_t bytes = 0;
    const std::size_t size = events.size() / 10;
    for (std::size_t i = part * size; i < (part + 1) * size; ++i) {
      bytes += to_text(events[i].fields).size();
    }
    return bytes;
  };
  const std::size_t early = bytes_of_part(2);
  const std::size_t late = bytes_of_part(8);
  CHECK(late < early * 11 / 10);
  CHECK_FALSE(run.world.engine().is_driving(id));
  run.check_replays(id);
}

TEST_CASE("the task and the newest turn alone, too long for the window, end the run with words") {
  LongRun run(1, 300);
  run.run(std::string(4000, 't'));
  CHECK(run.end.state.status == RunStatus::failed);
  CHECK(run.end.state.reason == "context.too_long");
  CHECK(run.end.state.text.find("has room for 300") != std::string::npos);
  CHECK(run.world.model.requests.empty());
}

TEST_CASE("a summary that is longer than what it sums up ends the run") {
  LongRun run(30);
  const FakeModel::Script script = run.world.model.script;
  run.world.model.script = [script](const ModelRequest& request, int number) {
    return is_summing_up(request) ? says("") : script(request, number);
  };
  run.run();
  CHECK(run.end.state.reason == "context.too_long");
}

TEST_CASE("a model that will not sum up is asked three times") {
  LongRun run(30);
  const FakeModel::Script script = run.world.model.script;
  int asked = 0;
  run.world.model.script = [script, &asked](const ModelRequest& request, int number) {
    if (!is_summing_up(request)) return script(request, number);
    ++asked;
    return breaks(FailureClass::server, "overloaded");
  };
  run.run();
  CHECK(asked == 3);
  CHECK(run.end.state.reason == "context.too_long");
  CHECK(run.end.state.text.ends_with("overloaded"));
}

TEST_CASE("a vendor's word that a request is too long is followed by summing up") {
  LongRun run(6, 0);
  const FakeModel::Script script = run.world.model.script;
  int refused = 0;
  run.world.model.script = [&, script](const ModelRequest& request, int number) {
    const bool full = request.messages.size() > 7 && !is_summing_up(request);
    if (!full) return script(request, number);
    ++refused;
    return breaks(FailureClass::client, "lab: this model's maximum context length is 512 tokens");
  };
  const std::string id = run.run();
  CHECK(run.end.state.status == RunStatus::completed);
  CHECK(refused > 0);
  CHECK(run.summaries == refused);  // each time it was refused, and never twice in a row
  run.check_replays(id);
  LongRun never(6, 0);
  const FakeModel::Script calls = never.world.model.script;
  never.world.model.script = [calls](const ModelRequest& request, int number) {
    if (is_summing_up(request) || request.messages.size() < 3) return calls(request, number);
    return breaks(FailureClass::client, "prompt is too long");
  };
  never.run();
  CHECK(never.end.state.status == RunStatus::failed);
}

TEST_CASE("what came before in a session is summed up too, and counts for the runs after it") {
  LongRun run(8);
  const auto talk = [&](const std::string& task) {
    run.made = 0;
    StartRun start = run.request(task);
    start.session = "s";
    const std::string id = run.world.create(std::move(start));
    run.end = run.world.drive(id);
    CHECK(run.end.state.status == RunStatus::completed);
    run.check_replays(id);
    return id;
  };
  talk("first");
  talk("second");
  const std::string third = talk("third");
  CHECK_FALSE(run.of_kind(third, EventKind::context_compacted).empty());
  CHECK(run.most + 200 <= 2000);
}

TEST_CASE("a crash while the model sums up has it sum up again") {
  LongRun run(30);
  const FakeModel::Script script = run.world.model.script;
  bool crashed = false;
  run.world.model.script = [&, script](const ModelRequest& request, int number) {
    FakeReply reply = script(request, number);
    if (is_summing_up(request) && !crashed) reply.delay = kNever;
    return reply;
  };
  const std::string id = run.world.create(run.request());
  Driven& driven = run.world.start_driving(id);
  run.world.advance(std::chrono::seconds(1));
  CHECK_FALSE(driven.ended());
  crashed = true;
  run.world.crash();
  run.end = run.world.drive(id);
  CHECK(run.end.state.status == RunStatus::completed);
  run.check_replays(id);
}

TEST_CASE("the label of a summary is that of what it sums up") {
  LongRun run(30);
  run.world.tools.at("a.x").answer = [](const ToolRequest&) {
    ToolOutcome outcome;
    outcome.value = std::string(400, 'w');
    outcome.label = Label{Label::Integrity::untrusted, Label::Secrecy::restricted};
    return outcome;
  };
  run.world.agent.limits.repeats = 0;
  const std::string id = run.run();
  const std::vector<Event> compacted = run.of_kind(id, EventKind::context_compacted);
  REQUIRE_FALSE(compacted.empty());
  CHECK(compacted[0].label.integrity == Label::Integrity::untrusted);
}

}  // namespace
}  // namespace yoke
