#include <utility>

#include "tools/oauth/credentials.h"

namespace yoke {
namespace {

// A token that is renewed, then wider scopes step by step.
constexpr int kRefusalsMax = 4;

bool is_refusal(int status) { return status == 401 || status == 403; }

// A refusal is gathered, whatever the sinks would do with a body: it may be sent again.
HttpSinks without_refusals(const HttpSinks& sinks) {
  HttpSinks wrapped;
  wrapped.on_head = [sinks](const HttpResponseHead& head) {
    if (is_refusal(head.status)) return false;
    return sinks.on_head ? sinks.on_head(head) : static_cast<bool>(sinks.on_data);
  };
  wrapped.on_data = sinks.on_data;
  return wrapped;
}

// The last refusal, as the sinks would have seen it.
void hand_over(HttpResponse& response, const HttpSinks& sinks) {
  HttpResponseHead head;
  head.status = response.status;
  head.headers = response.headers;
  const bool wanted = sinks.on_head ? sinks.on_head(head) : static_cast<bool>(sinks.on_data);
  if (!wanted || !sinks.on_data || response.body.empty()) return;
  sinks.on_data(response.body);
  response.body.clear();
}

}  // namespace

awaitable<Result<AuthorizedOutcome>> send_authorized(HttpClient& client, Credentials& credentials,
                                                     HttpRequest request, std::string tenant,
                                                     Deadline deadline, HttpSinks sinks) {
  for (int refusals = 0;; ++refusals) {
    Result<AuthorizedRequest> authorized =
        co_await credentials.authorize(request, tenant, deadline);
    if (!authorized) co_return authorized.error();
    HttpSinks wrapped = without_refusals(sinks);
    HttpOutcome outcome =
        co_await client.send(std::move(authorized->request), deadline, std::move(wrapped));
    AuthorizedOutcome done;
    done.outcome = std::move(outcome);
    done.secrets = std::move(authorized->secrets);
    auto* response = std::get_if<HttpResponse>(&done.outcome);
    if (response == nullptr || !is_refusal(response->status)) co_return done;
    AuthorizationRefusal refusal;
    refusal.status = response->status;
    refusal.headers = response->headers;
    refusal.url = request.url;
    refusal.edition = authorized->edition;
    refusal.tenant = tenant;
    bool again = false;
    if (refusals < kRefusalsMax) {
      const Result<bool> changed = co_await credentials.refused(std::move(refusal), deadline);
      if (!changed) co_return changed.error();
      again = *changed;
    }
    if (again) continue;
    hand_over(*response, sinks);
    co_return done;
  }
}

}  // namespace yoke
