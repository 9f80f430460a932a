#include "hosts/hook/telemetry/run_metrics.h"

#include "runtime/ports/model.h"

namespace yoke {
namespace {

using RunMetricKind = Metrics::Kind;

const std::vector<double> kSeconds{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                   1,     2.5,   5,    10,    30,   60,  300};

double seconds_since(Micros begun, Micros now) {
  return begun == 0 || now < begun ? 0 : static_cast<double>(now - begun) / 1e6;
}

double to_usd(std::int64_t nano) { return static_cast<double>(nano) / 1e9; }

}  // namespace

RunMetrics::RunMetrics(Metrics& metrics)
    : metrics_(metrics),
      requests_(metrics.declare({RunMetricKind::counter,
                                 "yoke_http_requests_total",
                                 "Requests answered, by endpoint.",
                                 {"method", "endpoint", "status"}})),
      request_seconds_(metrics.declare({RunMetricKind::histogram,
                                        "yoke_http_request_duration_seconds",
                                        "Until the reply, or the beginning of its stream.",
                                        {"endpoint"},
                                        kSeconds})),
      started_(metrics.declare(
          {RunMetricKind::counter, "yoke_runs_started_total", "Runs begun.", {"agent"}})),
      ended_(metrics.declare({RunMetricKind::counter,
                              "yoke_runs_ended_total",
                              "Runs that ended, and how.",
                              {"agent", "status"}})),
      model_calls_(metrics.declare({RunMetricKind::counter,
                                    "yoke_model_calls_total",
                                    "Calls of models, by the target that answered.",
                                    {"target", "outcome"}})),
      model_seconds_(metrics.declare({RunMetricKind::histogram,
                                      "yoke_model_call_duration_seconds",
                                      "Until a model's whole answer.",
                                      {"target"},
                                      kSeconds})),
      first_seconds_(metrics.declare({RunMetricKind::histogram,
                                      "yoke_model_first_piece_seconds",
                                      "Until the first piece of an answer that streams.",
                                      {"target"},
                                      kSeconds})),
      tokens_(metrics.declare({RunMetricKind::counter,
                               "yoke_model_tokens_total",
                               "Tokens; cached and cache_write are of input, reasoning of output.",
                               {"target", "type"}})),
      cost_(metrics.declare({RunMetricKind::counter,
                             "yoke_model_cost_usd_total",
                             "What models cost, where their price is known.",
                             {"target"}})),
      tries_(metrics.declare({RunMetricKind::counter,
                              "yoke_model_tries_failed_total",
                              "Targets that a route asked in vain.",
                              {"target", "class"}})),
      tool_calls_(metrics.declare({RunMetricKind::counter,
                                   "yoke_tool_calls_total",
                                   "Calls of tools.",
                                   {"tool", "outcome"}})),
      tool_seconds_(metrics.declare({RunMetricKind::histogram,
                                     "yoke_tool_call_duration_seconds",
                                     "Until a tool returned.",
                                     {"tool"},
                                     kSeconds})),
      questions_(metrics.declare({RunMetricKind::counter,
                                  "yoke_questions_total",
                                  "Questions asked of people and callers.",
                                  {"purpose"}})) {}

RunMetrics::Run& RunMetrics::run_of(const std::string& id) {
  const auto found = runs_.find(id);
  if (found != runs_.end()) return found->second;
  if (runs_.size() >= kRunsWatched) runs_.erase(runs_.begin());
  Run& run = runs_[id];
  run.agent = "unknown";  // it began in another process
  return run;
}

void RunMetrics::end_run(const Event& event, const char* status) {
  metrics_.add(ended_, {run_of(event.run_id).agent, status});
  runs_.erase(event.run_id);
}

void RunMetrics::model_ended(const Event& event, bool replied) {
  Run& run = run_of(event.run_id);
  std::string target = string_at(event.fields, "target");
  if (target.empty()) target = "none";
  const std::string outcome = replied ? "ok" : string_at(event.fields, "class");
  metrics_.add(model_calls_, {target, outcome});
  const auto call = run.calls.find(event.call_id);
  if (call != run.calls.end()) {
    metrics_.observe(model_seconds_, {target}, seconds_since(call->second.begun, event.at));
    run.calls.erase(call);
  }
  const std::int64_t first_us = integer_at(event.fields, "first_us");
  if (first_us > 0) {
    metrics_.observe(first_seconds_, {target}, static_cast<double>(first_us) / 1e6);
  }
  const Usage usage = usage_from_json(member_at(event.fields, "usage"));
  const std::pair<const char*, std::int64_t> counts[] = {{"input", usage.input},
                                                         {"cached", usage.cached},
                                                         {"cache_write", usage.cache_write},
                                                         {"output", usage.output},
                                                         {"reasoning", usage.reasoning}};
  for (const auto& [type, count] : counts) {
    if (count > 0) metrics_.add(tokens_, {target, type}, static_cast<double>(count));
  }
  metrics_.add(cost_, {target}, to_usd(integer_at(event.fields, "cost")));
}

void RunMetrics::on_event(const Event& event) {
  switch (event.kind) {
    case EventKind::run_started: {
      Run& run = run_of(event.run_id);
      run.agent = string_at(event.fields, "agent");
      metrics_.add(started_, {run.agent});
      break;
    }
    case EventKind::run_completed:
      return end_run(event, "completed");
    case EventKind::run_failed:
      return end_run(event, "failed");
    case EventKind::run_cancelled:
      return end_run(event, "cancelled");
    case EventKind::model_called:
      run_of(event.run_id).calls[event.call_id] = {event.at, {}};
      break;
    case EventKind::model_replied:
      return model_ended(event, true);
    case EventKind::model_failed:
      return model_ended(event, false);
    case EventKind::route_chosen:
      for (const Json& one : member_at(event.fields, "tries")) {
        const std::string failure = string_at(one, "failure");
        if (!failure.empty()) metrics_.add(tries_, {string_at(one, "target"), failure});
      }
      break;
    case EventKind::tool_called: {
      const bool callers = bool_at(event.fields, "caller");  // whose names are anybody's
      const std::string tool = callers ? "caller's" : string_at(event.fields, "tool");
      run_of(event.run_id).calls[event.call_id] = {event.at, tool};
      break;
    }
    case EventKind::tool_returned: {
      Run& run = run_of(event.run_id);
      const auto call = run.calls.find(event.call_id);
      if (call == run.calls.end()) break;
      const std::string& tool = call->second.tool;
      metrics_.add(tool_calls_, {tool, string_at(event.fields, "outcome")});
      metrics_.observe(tool_seconds_, {tool}, seconds_since(call->second.begun, event.at));
      run.calls.erase(call);
      break;
    }
    case EventKind::question_asked:
      metrics_.add(questions_, {string_at(event.fields, "purpose")});
      break;
    default:
      break;
  }
}

void RunMetrics::on_done(const Dispatcher::Done& done) {
  constexpr const char* kMethods[] = {"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"};
  std::string method = "other";
  for (const char* known : kMethods) {
    if (done.request.method == known) method = known;
  }
  const std::string endpoint = done.endpoint.empty() ? "none" : done.endpoint;
  metrics_.add(requests_, {method, endpoint, std::to_string(done.status)});
  metrics_.observe(request_seconds_, {endpoint}, std::chrono::duration<double>(done.took).count());
}

}  // namespace yoke
