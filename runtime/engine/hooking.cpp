#include "runtime/engine/hooking.h"

#include <array>

#include "runtime/base/text.h"

namespace yoke {
namespace {

class Unheard final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

void add_context(StartRun& start, const std::string& context) {
  if (context.empty()) return;
  if (start.task.empty()) {
    start.messages.push_back(user_message(context));
  } else {
    start.task += "\n\n" + context;
  }
}

}  // namespace

RunHooks* hooks_of(const Program& program) {
  const auto* extras = dynamic_cast<const RunExtras*>(program.tools.get());
  return extras == nullptr ? nullptr : extras->hooks();
}

std::vector<Event> hook_events(HookPoint on, const HookAnswer& answer, const std::string& call_id,
                               const Label& label) {
  std::vector<Event> events;
  for (const HookRun& run : answer.runs) {
    Event& event = events.emplace_back();
    event.kind = EventKind::hook_ran;
    event.call_id = call_id;
    event.label = label;
    event.fields = Json{{"hook", run.hook}, {"on", name_of(on)}, {"verdict", run.verdict}};
    if (!run.why.empty()) event.fields["why"] = run.why;
    if (!run.changed.is_null()) event.fields["changed"] = run.changed;
  }
  return events;
}

bool keeps_back(const HookAnswer& answer) { return answer.verdict >= HookVerdict::ask; }

std::string words_of(const HookAnswer& answer) {
  std::string words = "the hook '" + answer.hook + "' ";
  if (answer.verdict == HookVerdict::ask) {
    words += "wants a person to be asked about it first: name the tool under [policy] ask";
  } else {
    words += answer.verdict == HookVerdict::stop ? "stops the run" : "denies it";
  }
  if (!answer.why.empty()) words += ": " + answer.why;
  return words;
}

awaitable<Result<HookedStart>> start_by_hooks(StartRun start) {
  HookedStart out;
  out.start = std::move(start);
  RunHooks* hooks = hooks_of(out.start.program);
  if (hooks == nullptr) co_return out;
  Unheard context;
  const std::array points{HookPoint::session_start, HookPoint::user_prompt_submit};
  for (const HookPoint on : points) {
    if (!hooks->has(on, "")) continue;
    HookEvent event;
    event.on = on;
    event.identity.agent = out.start.program.agent->spec().name;
    event.identity.tenant = out.start.tenant;
    event.identity.session = out.start.session;
    if (on == HookPoint::session_start) {
      event.details["source"] = out.start.session.empty() ? "startup" : "resume";
    } else {
      event.details["prompt"] = out.start.task;
    }
    const HookAnswer answer = co_await hooks->ask(std::move(event), context);
    if (answer.verdict >= HookVerdict::deny) {
      co_return Error{Errc::denied, "no run is started: " + words_of(answer)};
    }
    add_context(out.start, answer.context);
    for (Event& ran : hook_events(on, answer, "", kTrustedPrivate)) {
      out.ran.push_back(std::move(ran));
    }
  }
  co_return out;
}

void add_words(ToolOutcome& outcome, const HookAnswer& answer) {
  std::string words = answer.context;
  if (answer.verdict >= HookVerdict::deny) {
    words = answer.why + (words.empty() ? "" : "\n" + words);
  }
  if (words.empty()) return;
  if (outcome.outcome == Outcome::ok) {
    outcome.value = Json{{"result", std::move(outcome.value)}, {"hook", words}};
  } else {
    outcome.message += "\n" + words;
  }
}

Json details_of(const ModelRequest& request) {
  Json details{{"target", request.target}, {"messages", request.messages.size()}};
  if (!request.messages.empty()) details["last_message"] = to_json(request.messages.back());
  return details;
}

Json details_of(const ModelReply& reply) {
  Json calls = Json::array();
  for (const Part& part : reply.message.parts) {
    const auto* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr) continue;
    calls.push_back(Json{{"tool", call->name},
                         {"args", call->bad_args.empty() ? call->args : Json(call->bad_args)}});
  }
  return Json{{"target", reply.target},
              {"text", text_of(reply.message)},
              {"calls", std::move(calls)},
              {"finish", name_of(reply.finish)}};
}

}  // namespace yoke
