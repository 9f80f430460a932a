#include "runtime/engine/diff.h"

namespace yoke {
namespace {

std::vector<const Event*> content_of(const std::vector<Event>& events) {
  std::vector<const Event*> content;
  for (const Event& event : events) {
    const bool bookkeeping =
        event.kind == EventKind::lease_taken || event.kind == EventKind::run_forked;
    if (!bookkeeping) content.push_back(&event);
  }
  return content;
}

// What of an event says the same thing in another run: no ids, no measured quantities.
Json essence(const Event& event) {
  Json fields = event.fields;
  for (const char* name : {"key", "meter", "follows", "by", "edited", "first_us", "tries"}) {
    fields.erase(name);
  }
  if (!event.call_id.empty())
    fields.erase("question");  // named after the call, so after its number
  return fields;
}

bool same_content(const Event& a, const Event& b) {
  return a.kind == b.kind && a.attempt == b.attempt && a.reason == b.reason &&
         essence(a) == essence(b);
}

}  // namespace

Result<RunDiff> diff_runs(const std::vector<Event>& left, const std::vector<Event>& right) {
  RunDiff diff;
  Result<RunState> left_state = fold_journal(left);
  if (!left_state) return left_state.error();
  Result<RunState> right_state = fold_journal(right);
  if (!right_state) return right_state.error();
  const std::vector<const Event*> a = content_of(left);
  const std::vector<const Event*> b = content_of(right);
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && same_content(*a[at], *b[at])) ++at;
  diff.shared = static_cast<std::int64_t>(at);
  if (at < a.size()) diff.left = *a[at];
  if (at < b.size()) diff.right = *b[at];
  diff.same = at == a.size() && at == b.size();
  diff.left_state = std::move(*left_state);
  diff.right_state = std::move(*right_state);
  return diff;
}

}  // namespace yoke
