#include "models/health/key_ring.h"

#include <algorithm>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;

std::vector<NamedKey> at_least_one(std::vector<NamedKey> keys) {
  if (keys.empty()) keys.emplace_back();
  return keys;
}

// Why something is held back. A vendor's own words may quote one tenant's text, and what is held
// back is told to all.
std::string_view words_for(FailureClass failure_class) {
  switch (failure_class) {
    case FailureClass::key:
      return "its key was refused";
    case FailureClass::quota:
      return "its quota was used up";
    case FailureClass::network:
      return "it could not be reached, or broke off";
    case FailureClass::malformed:
      return "what it answered could not be read";
    default:
      return "it kept failing";
  }
}

bool is_well(const Breaker& breaker, KeyRing::Time now) {
  return breaker.state(now) == BreakerState::closed && breaker.failures() == 0;
}

}  // namespace

KeyRing::KeyRing(std::vector<NamedKey> keys, BreakerSettings settings)
    : keys_(at_least_one(std::move(keys))), settings_(settings) {}

void KeyRing::forget_the_well(Time now) {
  std::erase_if(models_, [now](const auto& row) {
    const Entries& entries = row.second;
    return std::all_of(entries.begin(), entries.end(),
                       [now](const Entry& entry) { return is_well(entry.breaker, now); });
  });
  if (models_.size() >= kModelsMax) models_.erase(models_.begin());
}

KeyRing::Entries& KeyRing::entries_of(const std::string& model, Time now) {
  const auto known = models_.find(model);
  if (known != models_.end()) return known->second;
  if (models_.size() >= kModelsMax) forget_the_well(now);
  Entry fresh;
  fresh.breaker = Breaker(settings_);
  return models_.emplace(model, Entries(keys_.size(), fresh)).first->second;
}

std::variant<KeyRing::NotNow, KeyRing::Choice> KeyRing::choose(const std::string& model, Time now) {
  Entries& entries = entries_of(model, now);
  for (std::size_t step = 0; step < keys_.size(); ++step) {
    const std::size_t key = (turn_ + step) % keys_.size();
    const auto ticket = entries[key].breaker.admit(now);
    if (!ticket) continue;
    turn_ = (key + 1) % keys_.size();
    return Choice{key, model, *ticket};
  }
  return not_now(entries, now);
}

KeyRing::NotNow KeyRing::not_now(const Entries& entries, Time now) {
  NotNow refused;
  const Entry* first = nullptr;
  for (const Entry& entry : entries) {
    if (entry.breaker.state(now) != BreakerState::open) {  // a probe is on its way
      refused.until.reset();
      first = &entry;
      break;
    }
    if (first != nullptr && entry.breaker.open_until() >= first->breaker.open_until()) continue;
    first = &entry;
    refused.until = entry.breaker.open_until();
  }
  ENSURE(first != nullptr);
  refused.failure_class = first->failure_class;
  refused.reason = first->reason;
  return refused;
}

bool KeyRing::admits(const Entry& entry, Time now) {
  Breaker breaker = entry.breaker;  // a copy: nobody is let through here
  return breaker.admit(now).has_value();
}

std::optional<KeyRing::NotNow> KeyRing::refusal(const std::string& model, Time now) const {
  const auto found = models_.find(model);
  if (found == models_.end()) return std::nullopt;
  for (const Entry& entry : found->second) {
    if (admits(entry, now)) return std::nullopt;
  }
  return not_now(found->second, now);
}

bool KeyRing::has_other(const Choice& choice, Time now) const {
  const auto found = models_.find(choice.model);
  if (found == models_.end()) return keys_.size() > 1;
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    if (key != choice.key && found->second[key].breaker.state(now) == BreakerState::closed) {
      return true;
    }
  }
  return false;
}

KeyRing::Entry* KeyRing::find(const Choice& choice) {
  const auto found = models_.find(choice.model);
  return found == models_.end() ? nullptr : &found->second[choice.key];
}

void KeyRing::succeeded(const Choice& choice) {
  if (Entry* entry = find(choice)) entry->breaker.succeeded(choice.ticket);
}

void KeyRing::dropped(const Choice& choice) {
  if (Entry* entry = find(choice)) entry->breaker.dropped(choice.ticket);
}

void KeyRing::failed(const Choice& choice, const ModelFailure& failure, Time now) {
  Entry* entry = find(choice);
  if (entry == nullptr) return;
  Breaker& breaker = entry->breaker;
  switch (failure.failure_class) {
    case FailureClass::content:
    case FailureClass::client:
      return breaker.succeeded(choice.ticket);  // it answered, and rightly so
    case FailureClass::interrupted:
    case FailureClass::cancelled:
    case FailureClass::timed_out:
    case FailureClass::budget:
      return breaker.dropped(choice.ticket);
    default:
      break;
  }
  entry->failure_class = failure.failure_class;
  entry->reason = words_for(failure.failure_class);
  if (failure.failure_class == FailureClass::key) return breaker.broke(choice.ticket, now);
  // However long it is asked to stay away, it looks again now and then.
  const auto asked = failure.retry_after.value_or(milliseconds(0));
  const bool quota = failure.failure_class == FailureClass::quota;
  const bool others = keys_.size() > 1;  // what this one has had enough of, another may have
  auto pause = std::min(asked, settings_.pause_max);
  if (quota && others && pause == milliseconds(0)) pause = settings_.pause_first;
  if (pause > milliseconds(0)) return breaker.cool(choice.ticket, now + pause);
  breaker.failed(choice.ticket, now);
}

std::vector<KeyHealth> KeyRing::health(Time now) const {
  std::vector<KeyHealth> rows;
  for (const auto& [model, entries] : models_) {
    for (std::size_t key = 0; key < entries.size(); ++key) {
      const Breaker& breaker = entries[key].breaker;
      KeyHealth& row = rows.emplace_back();
      row.model = model;
      row.key = keys_[key].name;
      row.state = breaker.state(now);
      row.failures = breaker.failures();
      if (row.state == BreakerState::closed) continue;
      row.reason = entries[key].reason;
      if (row.state != BreakerState::open) continue;
      row.left = std::chrono::duration_cast<milliseconds>(breaker.open_until() - now);
    }
  }
  return rows;
}

}  // namespace yoke
