#include "tests/store/reference_store.h"

#include <algorithm>
#include <tuple>

namespace yoke {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

}  // namespace

std::string Step::describe() const {
  static constexpr const char* kNames[] = {"create", "append", "claim",  "claim_due",
                                           "post",   "set",    "remove", "charge",
                                           "read",   "inbox",  "get",    "budget"};
  std::string text = kNames[static_cast<int>(kind)];
  text += " run=" + run_id + " key=" + key + " text=" + this->text + " fence=" + number(fence) +
          " after=" + number(after_seq) + " at=" + number(at);
  if (!fork_run.empty()) text += " fork=" + fork_run + "@" + number(fork_seq);
  if (status) text += " status=" + number(static_cast<int>(*status));
  if (opens) text += " opens=" + opens->id + " for " + number(opens->expected.cost);
  if (!closes.empty()) text += " closes=" + closes + " at " + number(actual);
  return text;
}

std::string ReferenceStore::perform(const Step& step) {
  switch (step.kind) {
    case Step::Kind::create:
      return create(step);
    case Step::Kind::append:
      return append(step);
    case Step::Kind::claim:
      return claim(step.run_id);
    case Step::Kind::claim_due:
      return claim_due(step);
    case Step::Kind::post:
      return post(step);
    case Step::Kind::set:
      values_[step.key] = step.text;
      return "ok";
    case Step::Kind::remove:
      values_.erase(step.key);
      return "ok";
    case Step::Kind::charge:
      return move_money(without_run_, step) ? "ok" : "exhausted";
    case Step::Kind::read:
      return read(step);
    case Step::Kind::inbox:
      return inbox(step);
    case Step::Kind::get:
      return get(step);
    case Step::Kind::budget:
      return number(reserved_) + "+" + number(settled_);
  }
  return "?";
}

std::int64_t ReferenceStore::fence_of(const std::string& run_id) const {
  const auto found = runs_.find(run_id);
  return found == runs_.end() ? 0 : found->second.fence;
}

std::int64_t ReferenceStore::head_of(const std::string& run_id) const {
  const auto found = runs_.find(run_id);
  return found == runs_.end() ? 0 : static_cast<std::int64_t>(found->second.bodies.size());
}

std::string ReferenceStore::create(const Step& step) {
  for (const auto& [run_id, run] : runs_) {
    if (!step.key.empty() && run.idem_key == step.key) return "existed " + run_id;
  }
  if (runs_.contains(step.run_id)) return "conflict";
  Run run;
  run.idem_key = step.key;
  run.number = static_cast<std::int64_t>(runs_.size());
  run.owner_epoch = epoch_;
  if (!step.fork_run.empty()) {
    const auto parent = runs_.find(step.fork_run);
    if (parent == runs_.end()) return "not_found";
    const auto& bodies = parent->second.bodies;
    if (step.fork_seq < 1 || step.fork_seq > static_cast<std::int64_t>(bodies.size())) {
      return "invalid";
    }
    run.bodies.assign(bodies.begin(), bodies.begin() + step.fork_seq);
  }
  run.bodies.push_back(step.text);
  runs_[step.run_id] = run;
  return "fence 1 head " + number(head_of(step.run_id));
}

std::string ReferenceStore::append(const Step& step) {
  const auto found = runs_.find(step.run_id);
  if (found == runs_.end()) return "not_found";
  Run& run = found->second;
  const bool owned = run.status == RunStatus::owned && run.owner_epoch == epoch_;
  if (!owned || step.fence != run.fence || step.after_seq != head_of(step.run_id)) return "fenced";
  if (!move_money(run.reserved, step)) return "exhausted";
  run.bodies.push_back(step.text);
  for (Message& message : run.inbox) {
    const bool taken = std::count(step.taken.begin(), step.taken.end(), message.id) > 0;
    message.taken = message.taken || taken;
  }
  if (head_of(step.run_id) > run.claimed_at + 1) run.takeovers = 0;
  if (step.status) {
    run.status = *step.status;
    run.ready_at = step.at;
    if (is_final(run.status)) close_as_expected(run.reserved);
    for (const Message& message : run.inbox) {
      if (run.status != RunStatus::waiting || message.taken) continue;
      run.ready_at = run.ready_at == 0 ? message.at : std::min(run.ready_at, message.at);
    }
  }
  return "head " + number(head_of(step.run_id));
}

bool ReferenceStore::move_money(Reserved& reserved, const Step& step) {
  const auto closing = reserved.find(step.closes);
  const std::int64_t back = closing == reserved.end() ? 0 : closing->second;
  const std::int64_t spent = step.closes.empty() ? 0 : step.actual;
  const bool opens = step.opens && !reserved.contains(step.opens->id);
  if (opens) {
    const std::int64_t taken = settled_ + spent + reserved_ - back;
    if (taken + step.opens->expected.cost > step.opens->budgets.front().cap) return false;
  }
  settled_ += spent;
  reserved_ -= back;
  if (closing != reserved.end()) reserved.erase(closing);
  if (!opens) return true;
  reserved_ += step.opens->expected.cost;
  reserved[step.opens->id] = step.opens->expected.cost;
  return true;
}

void ReferenceStore::close_as_expected(Reserved& reserved) {
  for (const auto& [call, amount] : reserved) {
    reserved_ -= amount;
    settled_ += amount;
  }
  reserved.clear();
}

void ReferenceStore::reopen() {
  ++epoch_;
  close_as_expected(without_run_);
}

std::string ReferenceStore::claim(const std::string& run_id) {
  const auto found = runs_.find(run_id);
  if (found == runs_.end()) return "not_found";
  Run& run = found->second;
  if (is_final(run.status)) return "conflict";
  const bool adopted = run.status == RunStatus::owned;
  if (adopted && run.owner_epoch == epoch_) return "conflict";
  if (adopted && ++run.takeovers > 5) {
    run.status = RunStatus::quarantined;
    close_as_expected(run.reserved);
    return "conflict";
  }
  run.status = RunStatus::owned;
  run.owner_epoch = epoch_;
  run.ready_at = 0;
  run.fence = std::max(run.fence + 1, epoch_);
  run.claimed_at = head_of(run_id);
  return "fence " + number(run.fence) + " head " + number(run.claimed_at) +
         (adopted ? " adopted" : "");
}

std::string ReferenceStore::claim_due(const Step& step) {
  std::vector<std::tuple<bool, Micros, std::int64_t, std::string>> due;
  for (const auto& [run_id, run] : runs_) {
    const bool ready = run.status == RunStatus::ready;
    const bool woken =
        run.status == RunStatus::waiting && run.ready_at > 0 && run.ready_at <= step.at;
    if (ready || woken) due.emplace_back(!ready, run.ready_at, run.number, run_id);
  }
  std::sort(due.begin(), due.end());
  std::string text;
  for (std::size_t i = 0; i < due.size() && i < 2; ++i) {
    text += std::get<3>(due[i]) + " " + claim(std::get<3>(due[i])) + "; ";
  }
  return text;
}

std::string ReferenceStore::post(const Step& step) {
  const auto found = runs_.find(step.run_id);
  if (found == runs_.end()) return "not_found";
  Run& run = found->second;
  for (const Message& message : run.inbox) {
    if (message.id == step.key) return "second to " + message.by;
  }
  if (is_final(run.status)) return "conflict";
  run.inbox.push_back(Message{step.key, step.text, step.at, false});
  if (run.status == RunStatus::waiting) {
    run.ready_at = run.ready_at == 0 ? step.at : std::min(run.ready_at, step.at);
  }
  return "first";
}

std::string ReferenceStore::read(const Step& step) const {
  const auto found = runs_.find(step.run_id);
  if (found == runs_.end()) return "not_found";
  std::string text;
  for (const std::string& body : found->second.bodies) text += body + ",";
  return text;
}

std::string ReferenceStore::inbox(const Step& step) const {
  const auto found = runs_.find(step.run_id);
  std::string text;
  if (found == runs_.end()) return text;
  for (const Message& message : found->second.inbox) {
    if (!message.taken) text += message.id + ",";
  }
  return text;
}

std::string ReferenceStore::get(const Step& step) const {
  const auto found = runs_.find(step.run_id);
  if (found == runs_.end()) return "not_found";
  const Run& run = found->second;
  return number(static_cast<int>(run.status)) + " fence " + number(run.fence) + " head " +
         number(head_of(step.run_id)) + " takeovers " + number(run.takeovers) + " ready " +
         number(run.ready_at);
}

}  // namespace yoke
