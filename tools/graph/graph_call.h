#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "runtime/ports/tool.h"
#include "tools/broker/secrets.h"
#include "tools/graph/graph_services.h"
#include "tools/graph/graph_words.h"
#include "tools/oauth/credentials.h"

namespace yoke {

// One thing that Microsoft Graph is asked.
struct GraphAsk {
  std::string path;  // below the base address, its segments escaped: "/me/messages"
  GraphQuery query = {};
  HttpHeaders headers = {};
  Json body = nullptr;                   // not null: it is posted
  std::vector<std::string> permissions;  // any of which allows it, the least first: for errors
};

// What one call of a tool asks of Microsoft Graph.
//
// Ownership: lives as long as the call; borrows the services.
// Errors:    one line for the model that holds no secret: denied (nobody signed in, or the sign-in
//            lacks a permission, which is named), not_found, exhausted (the service asks to wait
//            longer than is waited), timed_out, too_large, unavailable.
// Limits:    those of the services. Asks again only where the service says after how long.
class GraphCall {
 public:
  GraphCall(const GraphServices& services, const ToolRequest& request)
      : services_(services), tenant_(request.tenant), deadline_(request.deadline) {}
  GraphCall(const GraphCall&) = delete;
  GraphCall& operator=(const GraphCall&) = delete;

  awaitable<Result<Json>> ask(GraphAsk ask);
  // The next page: "@odata.nextLink" of a reply to `first`, which has to stay below the base
  // address. Its headers go along again.
  awaitable<Result<Json>> ask_next(std::string link, GraphAsk first);
  // The bytes at a path, which may be kept at another of Microsoft's hosts: a redirect there goes
  // without what proves who asks. `web_url`: the file's own address, whose host may have them too.
  awaitable<Result<std::string>> download(std::string path, std::string web_url,
                                          std::vector<std::string> permissions);

  const GraphServices& services() const { return services_; }
  const SecretCutter& cutter() const { return cutter_; }
  Json take_audit() { return std::move(audit_); }

 private:
  HttpRequest request_for(const GraphAsk& ask) const;
  awaitable<Result<Json>> value_of(HttpRequest request, std::vector<std::string> permissions);
  awaitable<Result<HttpResponse>> send(HttpRequest request, std::vector<std::string> permissions);
  Error refusal(const HttpResponse& response, const std::vector<std::string>& permissions) const;
  Error failure(const HttpFailure& failure) const;
  void note(const HttpRequest& request, int status);

  const GraphServices& services_;
  const std::string tenant_;
  const Deadline deadline_;
  SecretCutter cutter_;
  Json audit_ = Json::array();
};

// A redirect of a download that may be followed: to the service's own host, to the file's, or to
// one where Microsoft keeps files; without encryption only where the service has none either.
bool is_download_place(const std::string& url, const std::string& base_url,
                       const std::string& web_url);

}  // namespace yoke
