#include "hosts/cli/run_why.h"
#include "hosts/contents/told_value.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

constexpr std::size_t kValueBytesMax = 400;

std::string at(const Json& value, std::string_view name) {
  return printable(string_at(value, name));
}

std::string indented(const std::string& text, const std::string& by) {
  std::string out;
  for (const std::string& line : split(text, '\n')) out += by + line + "\n";
  return out;
}

std::string tokens_text(const Json& thought) {
  const std::string count = std::to_string(integer_at(thought, "tokens"));
  return (bool_at(thought, "estimated") ? "about " : "") + count + " tokens";
}

std::string thought_text(const Json& thought) {
  const std::string kind = string_at(thought, "kind");
  const bool counted = thought.contains("tokens");
  const std::string text = at(thought, "text");
  const std::string size = counted ? " (" + tokens_text(thought) + ")" : std::string();
  if (kind == "text") return "  thought" + size + "\n" + indented(text, "    ");
  if (kind == "summary") {
    return "  thought, as far as the vendor shows it; the reasoning itself" + size +
           (bool_at(thought, "opaque") ? " is an opaque block" : " is kept back") + "\n" +
           indented(text, "    ");
  }
  if (kind == "opaque") {
    return "  thought: only an opaque block" + size + "\n";
  }
  if (kind == "hidden") return "  thought: " + tokens_text(thought) + ", none of them shown\n";
  return "  thought: nothing on record\n";
}

std::string try_text(const Json& one) {
  std::string text = "    " + at(one, "target");
  if (one.contains("role")) text += " (" + at(one, "role") + ")";
  text += one.contains("class") ? ": failed, " + at(one, "class") : std::string(": answered");
  if (one.contains("fault")) text += ", " + at(one, "fault");
  if (one.contains("message")) text += ": " + at(one, "message");
  const auto took = std::chrono::microseconds(integer_at(one, "total_us"));
  return text + "  " + to_short_text(took) + ", " + to_dollars(integer_at(one, "cost")) + "\n";
}

std::string route_text(const Json& step) {
  const Json& route = member_at(step, "route");
  std::string text = "  asked " + at(step, "asked");
  const bool failed = member_at(step, "failure").is_object();
  const std::string target = at(step, "target");
  if (!target.empty() && failed && target != at(step, "asked")) text += ", at last " + target;
  if (!target.empty() && !failed) text += ", answered by " + target;
  if (route.contains("strategy")) text += " (" + at(route, "strategy") + ")";
  if (bool_at(route, "from_cache")) text += ", from the cache";
  if (route.contains("why")) text += ": " + at(route, "why");
  text += "\n";
  for (const Json& one : member_at(route, "tries")) text += try_text(one);
  const Json& structured = member_at(route, "structured");
  if (structured.is_object()) {
    text += "    its shape: " + at(structured, "mode") + ", " +
            std::to_string(integer_at(structured, "attempts", 1)) + " attempts" +
            (bool_at(structured, "degraded") ? ", degraded" : "") + "\n";
  }
  for (const Json& shadow : member_at(route, "shadows")) {
    if (shadow.is_string()) {
      text += "    also asked, to compare: " + printable(shadow.get<std::string>()) + "\n";
    }
  }
  return text;
}

std::string decision_text(const Json& call) {
  std::string text;
  const Json& policy = member_at(call, "policy");
  if (policy.is_object()) {
    text += "      policy: " + at(policy, "verdict") + " by rule '" + at(policy, "rule") + "'\n";
  } else if (!at(call, "rule").empty()) {
    text += "      policy: allowed by rule '" + at(call, "rule") + "'\n";
  }
  const Json& answered = member_at(call, "answered");
  if (call.contains("question")) text += "      asked: " + at(call, "question") + "\n";
  if (answered.is_object()) {
    text += "      " + at(answered, "by") +
            " answered: " + printable(to_text(member_at(answered, "value"))) + "\n";
  }
  return text;
}

std::string outcome_text(const Json& call) {
  if (bool_at(call, "unknown") && !call.contains("outcome")) {
    return "      what became of it is not known\n";
  }
  if (!call.contains("outcome")) {
    const bool waits = call.contains("question") && !call.contains("answered");
    return waits ? "      waits for an answer\n" : "      was not made\n";
  }
  const std::string outcome = at(call, "outcome");
  const std::string edited = bool_at(call, "edited") ? " (edited)" : "";
  if (outcome != "ok") return "      → " + outcome + ": " + at(call, "message") + "\n";
  return "      → " +
         shorten(printable(to_text(told_value(member_at(call, "value")).read)), kValueBytesMax) +
         edited + "\n";
}

std::string call_text(const Json& call, bool reasoned) {
  const std::string event = "event " + std::to_string(integer_at(call, "follows"));
  const bool again = integer_at(call, "attempt", 1) > 1;
  return "    " + at(call, "tool") + "(" + short_args(member_at(call, "args"), kValueBytesMax) +
         ")" + (again ? ", attempt " + std::to_string(integer_at(call, "attempt")) : "") +
         (reasoned ? "   after the reasoning of " + event
                   : "   after " + event + ", without reasoning on record") +
         "\n" + decision_text(call) + outcome_text(call);
}

// Of one target: how often the request was sent to it.
std::string attempts_text(const Json& step) {
  const std::int64_t attempts = integer_at(step, "attempts", 1);
  return attempts > 1 ? " · sent " + std::to_string(attempts) + " times" : std::string();
}

std::string step_text(const Json& step) {
  const Json& usage = member_at(step, "usage");
  const auto took = std::chrono::microseconds(integer_at(step, "took_us"));
  std::string text = "\nstep " + std::to_string(integer_at(step, "step")) + "   event " +
                     std::to_string(integer_at(step, "event")) + " · " +
                     cost_text(integer_at(step, "cost"), bool_at(step, "priced", true)) + " · " +
                     std::to_string(integer_at(usage, "input")) + " in, " +
                     std::to_string(integer_at(usage, "output")) + " out" +
                     (bool_at(usage, "estimated") ? " (estimated) · " : " · ") +
                     to_short_text(took) + attempts_text(step) + "\n";
  text += route_text(step);
  const Json& failure = member_at(step, "failure");
  if (failure.is_object()) {
    const std::string fault = failure.contains("fault") ? ", " + at(failure, "fault") : "";
    return text + "  failed (" + at(failure, "class") + fault + "): " + at(failure, "message") +
           "\n";
  }
  text += thought_text(member_at(step, "thought"));
  if (step.contains("said")) text += "  said\n" + indented(at(step, "said"), "    ");
  const Json& calls = member_at(step, "calls");
  if (!calls.empty()) text += "  proposed\n";
  const bool reasoned = string_at(member_at(step, "thought"), "kind") != "none";
  for (const Json& call : calls) text += call_text(call, reasoned);
  return text;
}

std::string forked_text(const Json& forked) {
  if (!forked.is_object()) return {};
  const std::int64_t steps = integer_at(forked, "steps");
  std::string text = "fork   of run " + at(forked, "from") + " after its event " +
                     std::to_string(integer_at(forked, "from_seq"));
  if (steps > 0)
    text += "; steps up to " + std::to_string(steps) + " are that run's, and paid there";
  if (forked.contains("model")) text += "; then with " + at(forked, "model");
  return text + "\n";
}

std::string notes_text(const Json& why, std::int64_t before_step) {
  std::string text;
  for (const Json& note : member_at(why, "notes")) {
    if (integer_at(note, "before_step") != before_step) continue;
    text += "\nevent " + std::to_string(integer_at(note, "event")) + ": " + at(note, "what") + "\n";
  }
  return text;
}

}  // namespace

std::string why_text(const Json& why) {
  std::string text = "run    " + at(why, "run") + "\nagent  " + at(why, "agent") + "\nstatus " +
                     at(why, "status") +
                     (why.contains("reason") ? " (" + at(why, "reason") + ")" : "") + "\n";
  const Json& made_for = member_at(why, "for");
  if (made_for.is_object()) {
    text += "for    run " + at(made_for, "run") +
            (at(made_for, "call").empty() ? "" : ", call " + at(made_for, "call")) + "\n";
  }
  text += "task   " + at(why, "task") + "\n";
  if (why.contains("input")) text += "input  " + printable(to_text(why["input"])) + "\n";
  text += forked_text(member_at(why, "forked"));
  for (const Json& step : member_at(why, "steps")) {
    text += notes_text(why, integer_at(step, "step")) + step_text(step);
  }
  text += notes_text(why, static_cast<std::int64_t>(member_at(why, "steps").size()) + 1);
  const Json& ended = member_at(why, "ended");
  const Json& told = member_at(why, "steps");
  const bool said = !told.empty() && at(told.back(), "said") == at(why, "answer");
  if (why.contains("answer") && !said) text += "\nanswer\n" + indented(at(why, "answer"), "  ");
  if (ended.is_object()) {
    text +=
        "\nended: " + at(ended, "reason") + "\n  " + at(ended, "message") + at(ended, "by") + "\n";
  }
  const std::size_t steps = member_at(why, "steps").size();
  return text + "\n" + std::to_string(steps) + (steps == 1 ? " step, " : " steps, ") +
         std::to_string(integer_at(why, "tokens")) + " tokens, " +
         cost_text(integer_at(why, "cost"), bool_at(why, "priced", true)) + "\n";
}

}  // namespace yoke
