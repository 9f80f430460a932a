#include "runtime/engine/paid_embedder.h"

#include <algorithm>
#include <utility>

namespace yoke {
namespace {

constexpr const char* kRole = "embed";

// What a model would be asked to read the same texts.
ModelRequest same_texts(const EmbedRequest& request) {
  ModelRequest same;
  same.target = request.target;
  same.output_tokens_max = 0;
  for (const std::string& text : request.texts) {
    Message& message = same.messages.emplace_back();
    message.role = Role::user;
    message.parts.emplace_back(TextPart{text});
  }
  return same;
}

ModelFailure failure_of(const Error& error, const EmbedRequest& request) {
  ModelFailure failure;
  const bool no_money = error.code == Errc::exhausted;
  failure.failure_class = no_money ? FailureClass::budget : FailureClass::client;
  failure.message = error.detail;
  failure.target = request.target;
  failure.attempts = 0;
  return failure;
}

void take_usage(LedgerRow& row, const Usage& usage, NanoUsd cost, const std::string& target) {
  row.input = usage.input;
  row.cached = usage.cached;
  row.cache_write = usage.cache_write;
  row.output = usage.output;
  row.reasoning = usage.reasoning;
  row.estimated = usage.estimated;
  row.cost = cost;
  if (!target.empty()) row.target = target;
}

LedgerRow billed_row(const LedgerRow& expected, const EmbedOutcome& outcome) {
  LedgerRow row = expected;
  if (const auto* reply = std::get_if<EmbedReply>(&outcome)) {
    take_usage(row, reply->usage, reply->cost, reply->target);
  } else {
    const auto& failure = std::get<ModelFailure>(outcome);
    take_usage(row, failure.usage, failure.cost, failure.target);
  }
  return row;
}

}  // namespace

PaidEmbedder::PaidEmbedder(Services services, std::vector<BudgetRule> rules, std::string prices)
    : services_(services), rules_(std::move(rules)), prices_(std::move(prices)) {}

Result<OpenCall> PaidEmbedder::call_for(const EmbedRequest& request) {
  const Result<ModelEstimate> estimate = services_.model.estimate(same_texts(request));
  if (!estimate) return estimate.error();
  Spender spender;
  if (!request.tenant.empty()) spender.tenant = request.tenant;
  spender.caller = request.caller;
  if (!estimate->priced && limits_money(rules_, spender)) {
    return Error{Errc::exhausted, "the budget cannot be kept: " + estimate->unpriced};
  }
  OpenCall call;
  LedgerRow& expected = call.expected;
  expected.opened_at = expected.at = services_.wall.now();
  call.id = expected.call_id = make_ulid(expected.opened_at, services_.random);
  expected.tenant = spender.tenant;
  expected.caller = spender.caller;
  expected.target = expected.route = request.target;
  expected.role = kRole;
  expected.input = estimate->input_tokens;
  expected.cost = estimate->cost;
  expected.estimated = true;
  expected.prices = estimate->priced ? prices_ : std::string(kNoPrice);
  call.budgets = claims_for(rules_, spender, expected.opened_at);
  return call;
}

awaitable<EmbedOutcome> PaidEmbedder::embed(EmbedRequest request, Deadline deadline) {
  const Result<OpenCall> call = call_for(request);
  if (!call) co_return failure_of(call.error(), request);
  MoneyMoves opening;
  opening.opened.push_back(*call);
  const Result<void> opened = co_await services_.store.charge(std::move(opening));
  if (!opened) co_return failure_of(opened.error(), request);
  std::exception_ptr thrown;
  EmbedOutcome outcome;
  try {
    auto asked = services_.embedder.embed(std::move(request), deadline);
    outcome = co_await std::move(asked);
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  LedgerRow row = thrown ? call->expected : billed_row(call->expected, outcome);
  std::string id = call->id;
  co_await settle(std::move(id), std::move(row));
  if (thrown) std::rethrow_exception(thrown);
  co_return outcome;
}

awaitable<void> PaidEmbedder::settle(std::string id, LedgerRow row) {
  row.at = std::max(services_.wall.now(), row.opened_at);
  MoneyMoves closing;
  closing.closed.push_back(std::move(id));
  const bool billed = row.cost != 0 || row.input != 0;
  if (billed) closing.ledger.push_back(std::move(row));
  const Result<void> closed = co_await services_.store.charge(std::move(closing));
  static_cast<void>(closed);  // nothing is opened, so that no budget can refuse it
}

}  // namespace yoke
