#include "hosts/app/training_set.h"

#include <algorithm>

#include "hosts/app/journal_cases.h"
#include "hosts/contents/run_contents.h"
#include "hosts/contents/told_value.h"
#include "models/openai_chat/request.h"
#include "runtime/engine/approvals.h"
#include "runtime/engine/reader.h"

namespace yoke {
namespace {

using Standing = TrainingReply::Standing;

constexpr int kSessionRunsRead = 10'000;

bool is_turn(const Event& event) {
  return string_at(event.fields, "called_by").empty() && string_at(event.fields, "purpose").empty();
}

void add_targets(const std::vector<Event>& events, std::set<std::string>& targets) {
  for (const Event& event : events) {
    if (event.kind == EventKind::model_replied) targets.insert(string_at(event.fields, "target"));
  }
}

// Who spoke in the session's runs before this one.
awaitable<Result<void>> add_earlier(Store& store, TrainingRun& run) {
  if (run.row.session.empty()) co_return Result<void>();
  RunFilter filter;
  filter.tenant = run.row.tenant;
  filter.session = run.row.session;
  filter.before = run.row.run_id;
  filter.limit = kSessionRunsRead;
  const std::vector<RunRow> rows = co_await store.list(std::move(filter));
  for (const RunRow& row : rows) {
    if (row.erased_at != 0) continue;  // it is not shown to later ones
    const Result<std::vector<Event>> events = co_await read_events(store, row.run_id);
    if (!events) co_return events.error();
    add_targets(*events, run.targets);
  }
  co_return Result<void>();
}

// Calls of the reply whose event is `seq`, by their place in it.
std::map<std::string, std::size_t> calls_of(std::int64_t seq, const Message& reply) {
  std::map<std::string, std::size_t> calls;
  std::size_t count = 0;
  for (std::size_t i = 0; i < reply.parts.size(); ++i) {
    if (!std::holds_alternative<ToolCallPart>(reply.parts[i])) continue;
    calls[call_id_of(seq, count++)] = i;
  }
  return calls;
}

// What people answered about the calls that a reply wanted.
void judge_by_people(const RunState& state, std::int64_t seq, TrainingReply& reply) {
  const std::map<std::string, std::size_t> calls = calls_of(seq, reply.reply);
  for (const auto& [id, question] : state.questions) {
    const auto call = calls.find(question.call_id);
    if (call == calls.end() || question.purpose != "approve" || !question.answer) continue;
    const Approval answer = approval_from(*question.answer);
    if (!answer.yes) {
      reply.standing = Standing::bad;
      reply.why = question.by + " rejected the call " + question.call_id;
      continue;
    }
    const std::optional<Json> args = question.args ? question.args : answer.args;
    if (args) {
      if (!reply.edited) reply.edited = reply.reply;
      std::get<ToolCallPart>(reply.edited->parts[call->second]).args = *args;
    } else if (reply.standing == Standing::unknown) {
      reply.standing = Standing::good;
      reply.why = question.by + " approved the call " + question.call_id;
    }
  }
}

std::vector<TrainingReply> replies_in(const std::vector<Event>& events, const RunState& state,
                                      const std::vector<TrialCase>& cases,
                                      const std::string& run_id) {
  std::map<std::string, const TrialCase*> asked;
  for (const TrialCase& one : cases) asked[one.id] = &one;
  std::map<std::string, std::string> hashes;  // of turns' requests, by call
  std::vector<TrainingReply> replies;
  for (const Event& event : events) {
    if (event.kind == EventKind::model_called && is_turn(event)) {
      hashes[event.call_id] = string_at(event.fields, "request");
    }
    const auto hash = hashes.find(event.call_id);
    if (event.kind != EventKind::model_replied || hash == hashes.end()) continue;
    const auto one = asked.find(run_id + "/" + event.call_id);
    Result<Message> message = message_from_json(member_at(event.fields, "message"));
    if (one == asked.end() || !message) continue;
    TrainingReply reply;
    reply.call_id = event.call_id;
    reply.target = string_at(event.fields, "target");
    reply.request_hash = hash->second;
    reply.request = one->second->request;
    reply.reply = std::move(*message);
    judge_by_people(state, event.seq, reply);
    replies.push_back(std::move(reply));
  }
  if (!replies.empty()) {
    const auto& parts = replies.back().reply.parts;
    replies.back().is_answer = std::none_of(parts.begin(), parts.end(), [](const Part& part) {
      return std::holds_alternative<ToolCallPart>(part);
    });
  }
  return replies;
}

// "image/png, 12.3 KB"; empty: it shows none.
std::string image_in(const Message& message) {
  for (const Part& part : message.parts) {
    const auto* image = std::get_if<ImagePart>(&part);
    if (image != nullptr) return image_words(*image);
  }
  return {};
}

bool has_bad_call(const Message& message) {
  return std::any_of(message.parts.begin(), message.parts.end(), [](const Part& part) {
    const auto* call = std::get_if<ToolCallPart>(&part);
    return call != nullptr && !call->bad_args.empty();
  });
}

std::string untold_in(const Message& message) {
  const std::string image = image_in(message);
  if (!image.empty()) {
    return "it shows images, for which these sets have no place: " + image;
  }
  return has_bad_call(message) ? "it holds a call that was none" : "";
}

bool can_be_told(const TrainingReply& reply) { return reason_untold(reply).empty(); }

// A result as people read it: base64 that no model was shown as an image teaches nothing.
void tell_results(ModelRequest& request) {
  for (Message& message : request.messages) {
    for (Part& part : message.parts) {
      auto* result = std::get_if<ToolResultPart>(&part);
      if (result == nullptr || result->content.size() < kBareBase64Least) continue;
      const Result<Json> value = parse_json(result->content);
      const ToldValue told = told_value(value ? *value : Json(result->content));
      if (told.contents.empty()) continue;
      result->content = told.read.is_string() ? told.read.get<std::string>() : to_text(told.read);
    }
  }
}

// TRL's templates take arguments as objects, and know results by the tool's name.
void as_trl(Json& messages) {
  std::map<std::string, std::string> names;  // of calls
  for (Json& message : messages) {
    const auto calls = message.find("tool_calls");
    if (calls != message.end()) {
      for (Json& call : *calls) {
        Json& function = call["function"];
        names[string_at(call, "id")] = string_at(function, "name");
        const Result<Json> args = parse_json(string_at(function, "arguments"));
        function["arguments"] = args ? *args : Json::object();
        call.erase("id");
      }
    }
    if (string_at(message, "role") != "tool") continue;
    message["name"] = names[string_at(message, "tool_call_id")];
    message.erase("tool_call_id");
  }
}

struct Chat {
  Json messages = Json::array();
  Json tools = nullptr;
};

// The conversation with these replies at its end, in the words of OpenAI's chat.
Chat chat_of(ModelRequest request, const std::vector<Message>& more, TrainingFor form) {
  tell_results(request);
  for (const Message& message : more) request.messages.push_back(message);
  openai_chat::Profile profile;
  profile.reasoning_back = openai_chat::ReasoningBack::never;
  profile.tool_result_name = false;
  const ToolNames names(request.tools);
  WireForm wire;
  wire.origin = "training";
  const Result<Json> body = parse_json(openai_chat::encode_request(request, names, profile, wire),
                                       {1u << 30, 256, 50'000'000});
  Chat chat;
  if (!body) return chat;
  chat.messages = member_at(*body, "messages");
  chat.tools = member_at(*body, "tools");
  if (form == TrainingFor::trl) as_trl(chat.messages);
  return chat;
}

Json pair_line(const ModelRequest& request, const Message& chosen, const Message& rejected,
               TrainingFor form) {
  const Chat good = chat_of(request, {chosen}, form);
  const Chat bad = chat_of(request, {rejected}, form);
  Json prompt = good.messages;
  prompt.erase(prompt.size() - 1);
  const Json preferred = Json::array({good.messages.back()});
  const Json other = Json::array({bad.messages.back()});
  if (form == TrainingFor::trl) {
    Json line{{"prompt", std::move(prompt)}, {"chosen", preferred}, {"rejected", other}};
    if (good.tools.is_array()) line["tools"] = good.tools;
    return line;
  }
  Json input{{"messages", std::move(prompt)}, {"parallel_tool_calls", true}};
  input["tools"] = good.tools.is_array() ? good.tools : Json::array();
  return Json{{"input", std::move(input)},
              {"preferred_output", preferred},
              {"non_preferred_output", other}};
}

struct Placed {
  const TrainingRun* run = nullptr;
  const TrainingReply* reply = nullptr;
};

std::string place_of(const Placed& one) { return one.run->row.run_id + "/" + one.reply->call_id; }

// The run's answer; its reply is null where it has none that could be told.
Placed answer_of_run(const std::vector<TrainingRun>& runs, const std::string& run_id) {
  for (const TrainingRun& run : runs) {
    if (run.row.run_id != run_id || run.replies.empty() || !run.replies.back().is_answer) continue;
    const TrainingReply& last = run.replies.back();
    return {&run, can_be_told(last) ? &last : nullptr};
  }
  return {};
}

bool says_the_same(const Message& a, const Message& b) { return to_json(a) == to_json(b); }

// What is there already is not said again, nor the contrary.
bool is_known(const std::vector<TrainingPair>& pairs, const std::string& a, const std::string& b) {
  return std::any_of(pairs.begin(), pairs.end(), [&](const TrainingPair& each) {
    return (each.chosen == a && each.rejected == b) || (each.chosen == b && each.rejected == a);
  });
}

void add_judged(const std::vector<TrainingRun>& runs, const std::vector<JudgedPair>& judged,
                TrainingFor form, std::vector<TrainingPair>& pairs) {
  for (const JudgedPair& each : judged) {
    const Placed better = answer_of_run(runs, each.better);
    const Placed worse = answer_of_run(runs, each.worse);
    if (better.reply == nullptr || worse.reply == nullptr) continue;
    if (better.reply->request_hash != worse.reply->request_hash) continue;
    if (says_the_same(better.reply->reply, worse.reply->reply)) continue;
    if (is_known(pairs, place_of(better), place_of(worse))) continue;
    pairs.push_back({pair_line(worse.reply->request, better.reply->reply, worse.reply->reply, form),
                     place_of(better), place_of(worse), each.why});
  }
}

}  // namespace

awaitable<Result<TrainingRun>> training_run(Store& store, Engine& engine, std::string run_id) {
  TrainingRun run;
  Result<RunRow> row = co_await store.get(run_id);
  if (!row) co_return row.error();
  run.row = std::move(*row);
  const Result<std::vector<Event>> events = co_await read_events(store, run_id);
  if (!events) co_return events.error();
  const Result<RunState> state = fold_journal(*events);
  if (!state) co_return state.error();
  auto asking = cases_of_run(store, engine, run_id);
  const Result<std::vector<TrialCase>> cases = co_await std::move(asking);
  if (!cases) co_return cases.error();
  run.replies = replies_in(*events, *state, *cases, run_id);
  add_targets(*events, run.targets);
  for (const Message& message : state->messages) {
    if (message.role == Role::assistant) run.foreign = "its conversation began elsewhere";
  }
  const Result<void> earlier = co_await add_earlier(store, run);
  if (!earlier) co_return earlier.error();
  co_return run;
}

void hold_to_checks(TrainingRun& run, const std::vector<Check>& checks) {
  if (run.replies.empty() || !run.replies.back().is_answer) return;
  TrainingReply& reply = run.replies.back();
  TrialCase one;
  one.id = run.row.run_id;
  one.request = reply.request;
  TrialAnswer answer = answer_of(reply.reply, "stop");
  for (const Check& check : checks) {
    if (!check.applies_to(one)) continue;
    const Finding finding = evaluate(check, answer, one);
    if (!finding.judged) continue;
    if (!finding.passed) {
      reply.standing = Standing::bad;
      reply.why = "check " + check.name + " failed";
      return;
    }
    reply.standing = Standing::good;
    reply.why = "checks passed";
  }
}

std::string reason_untold(const TrainingReply& reply) {
  for (const Message& message : reply.request.messages) {
    const std::string why = untold_in(message);
    if (!why.empty()) return why;
  }
  return untold_in(reply.reply);
}

std::optional<Json> sft_line(const TrainingRun& run, TrainingFor form) {
  if (run.replies.empty() || !run.replies.back().is_answer) return std::nullopt;
  const TrainingReply& last = run.replies.back();
  if (!can_be_told(last)) return std::nullopt;
  Chat chat = chat_of(last.request, {last.reply}, form);
  if (chat.messages.empty()) return std::nullopt;
  Json line{{"messages", std::move(chat.messages)}};
  if (chat.tools.is_array()) {
    line["tools"] = std::move(chat.tools);
    if (form == TrainingFor::openai) line["parallel_tool_calls"] = true;
  }
  return line;
}

std::vector<TrainingPair> preference_pairs(const std::vector<TrainingRun>& runs,
                                           const std::vector<JudgedPair>& judged,
                                           TrainingFor form) {
  std::vector<TrainingPair> pairs;
  std::map<std::string, std::vector<Placed>> by_request;
  for (const TrainingRun& run : runs) {
    for (const TrainingReply& reply : run.replies) {
      if (!can_be_told(reply)) continue;
      const Placed placed{&run, &reply};
      by_request[reply.request_hash].push_back(placed);
      if (!reply.edited || says_the_same(*reply.edited, reply.reply)) continue;
      pairs.push_back({pair_line(reply.request, *reply.edited, reply.reply, form),
                       place_of(placed) + " (edited)", place_of(placed),
                       "a person put its arguments right"});
    }
  }
  for (const auto& [hash, placed] : by_request) {
    const auto good = std::find_if(placed.begin(), placed.end(), [](const Placed& one) {
      return one.reply->standing == Standing::good;
    });
    if (good == placed.end()) continue;
    for (const Placed& bad : placed) {
      if (bad.reply->standing != Standing::bad) continue;
      if (says_the_same(good->reply->reply, bad.reply->reply)) continue;
      pairs.push_back({pair_line(bad.reply->request, good->reply->reply, bad.reply->reply, form),
                       place_of(*good), place_of(bad), good->reply->why + "; " + bad.reply->why});
    }
  }
  add_judged(runs, judged, form, pairs);
  return pairs;
}

}  // namespace yoke
