#include "hosts/cli/policy_explain.h"

#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "tools/label_rules.h"

namespace yoke {
namespace {

// The story of one call, put together from its events in their order.
void take(Json& story, const Event& event) {
  const Json& fields = event.fields;
  if (event.kind == EventKind::policy_decided) {
    for (const char* key : {"verdict", "rule", "tool", "why", "argument", "sources"}) {
      if (fields.contains(key)) story[key] = fields[key];
    }
    story["at"] = event.seq;
  } else if (event.kind == EventKind::question_asked) {
    story["question"] = string_at(fields, "question");
    story["args"] = member_at(member_at(fields, "body"), "args");
  } else if (event.kind == EventKind::question_answered) {
    story["answer"] = member_at(fields, "value");
    story["by"] = string_at(fields, "by");
  } else if (event.kind == EventKind::question_expired) {
    story["expired"] = true;
  } else if (event.kind == EventKind::tool_called) {
    story["tool"] = string_at(fields, "tool");
    story["args"] = member_at(fields, "args");
    story["effect"] = string_at(fields, "effect");
    if (story.contains("verdict")) return;
    story["verdict"] = "allow";
    story["rule"] = string_at(fields, "rule", "default");
    story["at"] = event.seq;
  } else if (event.kind == EventKind::tool_returned) {
    story["outcome"] = string_at(fields, "outcome");
  }
}

std::string plain(const Json& story, const char* key) { return printable(string_at(story, key)); }

std::string source_line(const Json& source) {
  std::string line = "    " + plain(source, "argument") + " = " +
                     printable(to_text(member_at(source, "value"))) + "  " + plain(source, "kind") +
                     ", " + plain(source, "origin");
  std::vector<std::string> places;
  for (const Json& place : member_at(source, "found_in")) {
    if (place.is_string()) places.push_back(printable(place.get<std::string>()));
  }
  return line + (places.empty() ? "" : ": " + join(places, ", ")) + "\n";
}

std::string end_of(const Json& story) {
  if (story.contains("by")) {
    return "  " + plain(story, "by") +
           " answered: " + printable(to_text(member_at(story, "answer"))) + "\n";
  }
  if (bool_at(story, "expired")) return "  nobody answered in time\n";
  if (story.contains("question") && !story.contains("outcome")) {
    return "  nobody has answered yet: " + plain(story, "question") + "\n";
  }
  return {};
}

awaitable<int> explain(OpenStore& open, Terminal& terminal, PolicyOptions options, bool json) {
  const Result<std::string> id = co_await find_run(*open.store, options.run);
  if (!id) co_return fail(terminal, id.error());
  const Result<std::vector<Event>> events = co_await read_events(*open.store, *id);
  if (!events) co_return fail(terminal, events.error());
  const Result<Json> story = policy_story(*events, options.seq);
  if (!story) co_return fail(terminal, story.error());
  terminal.out(json ? to_text(*story) + "\n" : policy_text(*story));
  co_return kExitCompleted;
}

}  // namespace

Result<Json> policy_story(const std::vector<Event>& events, std::int64_t seq) {
  const auto last = static_cast<std::int64_t>(events.size());
  if (seq < 1 || seq > last) {
    return Error{Errc::not_found, "there is no event " + std::to_string(seq) +
                                      ": the run has 1 to " + std::to_string(last)};
  }
  const Event& meant = events[static_cast<std::size_t>(seq) - 1];
  Json story = Json::object();
  for (const Event& event : events) {
    if (!meant.call_id.empty() && event.call_id == meant.call_id) take(story, event);
  }
  if (!story.contains("tool")) {
    return Error{Errc::invalid, "event " + std::to_string(seq) + " is " +
                                    std::string(spec_of(meant.kind).name) +
                                    ": no tool call that policy was asked about; 'yoke runs events"
                                    " ID' shows them"};
  }
  story["call"] = meant.call_id;
  return Result<Json>(boost::system::in_place_value, std::move(story));
}

std::string policy_text(const Json& story) {
  const std::string rule = string_at(story, "rule");
  std::string text = "event " + std::to_string(integer_at(story, "at")) + ": " +
                     plain(story, "verdict") + " " + plain(story, "tool") + " " +
                     printable(to_text(member_at(story, "args"))) + "\n";
  if (rule == "default") {
    text += "  no rule speaks of it: what is declared read or idempotent is allowed\n";
  } else {
    text += "  by the rule '" + printable(rule) + "'\n";
  }
  const std::string meaning(meaning_of_label_rule(rule));
  if (!meaning.empty()) text += "    that " + meaning + "\n";
  if (story.contains("why")) text += "  because " + plain(story, "why") + "\n";
  const Json& sources = member_at(story, "sources");
  if (sources.is_array() && !sources.empty()) text += "  where its arguments stand\n";
  for (const Json& source : sources) text += source_line(source);
  text += end_of(story);
  if (story.contains("outcome")) text += "  it ended as " + plain(story, "outcome") + "\n";
  return text;
}

int policy_explain(const CommonOptions& common, const PolicyOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return explain(open, terminal, options, common.json);
  });
}

}  // namespace yoke
