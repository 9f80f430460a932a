#include "hosts/app/graph_settings.h"

#include "hosts/app/private_places.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "runtime/loop/clock.h"
#include "tools/graph/graph_tools.h"
#include "tools/knowledge/office_text.h"

namespace yoke {

CredentialsWanted graph_wanted_of(const GraphConfig& graph) {
  CredentialsWanted wanted;
  wanted.service = CredentialsWanted::Service::graph;
  wanted.name = kGraphName;
  wanted.kind = CredentialsWanted::Kind::oauth;
  const Result<Url> url = parse_url(graph.base_url);
  if (url) wanted.origins = {url->origin()};
  // Of Microsoft's common cloud permissions go by their name, of others with the service before it.
  const bool common = graph.base_url.starts_with("https://graph.microsoft.com/");
  const std::string before =
      common || !url ? "" : std::string(url->tls ? "https://" : "http://") + url->authority() + "/";
  for (const std::string& capability : graph.capabilities) {
    for (const std::string& permission : graph_permissions(capability)) {
      wanted.scopes.push_back(before + permission);
    }
  }
  wanted.scopes.emplace_back("offline_access");
  return wanted;
}

Result<std::shared_ptr<const GraphServices>> graph_services_of(const GraphConfig& graph,
                                                               HttpClient& client,
                                                               CredentialsBook& credentials) {
  const Result<Credentials*> found = credentials.credentials_for(graph_wanted_of(graph));
  if (!found) return found.error();
  PlaceRule rule;
  rule.is_written = graph.is_written;
  rule.allow_private = graph.allow_private;
  rule.mend = "base_url in [graph]";
  Result<PermitAddress> permit = permit_for(graph.base_url, rule);
  if (!permit) return permit.error();
  auto services = std::make_shared<GraphServices>(GraphServices{client, **found});
  services->base_url = graph.base_url;
  services->permit_address = std::move(*permit);
  if (graph.by_token) {
    services->renew = "another token is needed under [secrets], for [graph.auth]";
    services->widen = "a token that has it is needed under [secrets], for [graph.auth]";
  }
  services->text_of = [](const std::string& name, const std::string& bytes) {
    return document_text(name, bytes);  // without PDF files, whose reader is a process to wait for
  };
  services->now = [] { return SystemWallClock().now(); };
  return std::shared_ptr<const GraphServices>(std::move(services));
}

}  // namespace yoke
