#include "hosts/repl/grant_questions.h"

#include "hosts/screen/glyphs.h"

namespace yoke {

void GrantQuestions::tell_only() {
  for (const GrantWanted& each : scene_.host.wanted) {
    scene_.note("note: " + screen_text(each.by_hand), Look::dim);
  }
  scene_.host.wanted.clear();
}

std::optional<PromptQuestion> GrantQuestions::next() const {
  if (scene_.host.wanted.empty()) return std::nullopt;
  const GrantWanted& wanted = scene_.host.wanted.front();
  PromptQuestion question;
  question.id = wanted.name;
  question.purpose = kGrantPurpose;
  question.title = wanted.why + "; it asks to:";
  question.body = Json{{"powers", wanted.powers}};
  return question;
}

std::optional<std::string> GrantQuestions::answer(const Json& value) {
  std::vector<GrantWanted>& all = scene_.host.wanted;
  if (granting_ || all.empty()) return std::nullopt;
  const std::string answer = value.is_string() ? value.get<std::string>() : "";
  if (answer.empty()) {
    all.clear();
    return string_at(value, "said");
  }
  const GrantWanted& wanted = all.front();
  if (answer == "show") {
    scene_.transcript.block(wanted.show());
    scene_.front.changed();
    return std::nullopt;
  }
  if (answer == "grant" && !wanted.grant) {
    granting_ = true;
    scene_.front.beside(grant_there(wanted));
    return std::nullopt;
  }
  if (answer == "grant") {
    tell_granted(wanted, wanted.grant());
  } else {
    scene_.note("not granted: " + screen_text(wanted.name) + "; its calls are refused", Look::dim);
  }
  all.erase(all.begin());
  return std::nullopt;
}

void GrantQuestions::tell_granted(const GrantWanted& wanted, const Result<void>& granted) {
  if (granted) {
    scene_.note("granted: " + screen_text(wanted.name), Look::dim);
  } else {
    scene_.failed(granted.error());
  }
}

awaitable<void> GrantQuestions::settled() {
  while (granting_) co_await settled_.wait();
}

awaitable<void> GrantQuestions::grant_there(GrantWanted wanted) {
  Json body{{"name", wanted.name}, {"mark", wanted.mark}, {"by", scene_.user}};
  if (!scene_.state.agent.empty()) body["agent"] = scene_.state.agent;
  const Result<Json> taken = co_await scene_.client->post("/v1/grants", std::move(body));
  granting_ = false;
  tell_granted(wanted, taken ? Result<void>() : Result<void>(taken.error()));
  std::vector<GrantWanted>& all = scene_.host.wanted;
  if (!all.empty() && all.front().name == wanted.name) all.erase(all.begin());
  scene_.front.grants_changed();
  settled_.notify();
}

}  // namespace yoke
