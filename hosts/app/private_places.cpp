#include "hosts/app/private_places.h"

#include "runtime/http/url.h"
#include "tools/broker/permit_address.h"

namespace yoke {

Result<PermitAddress> permit_for(const std::string& address, const PlaceRule& rule) {
  const Result<Url> url = parse_url(address);
  if (!url) return url.error();
  const Result<std::string> host = normal_host(url->host);
  if (!host) return host.error();
  std::vector<HostPattern> patterns;
  if (rule.is_written || rule.allow_private) allow_host(address, rule.allow_private, patterns);
  bool inside = false;
  bool plain = false;
  for (const HostPattern& pattern : patterns) {
    if (!pattern.covers(*host, url->port)) continue;
    inside = inside || pattern.inside;
    plain = plain || pattern.plain;
  }
  if (!url->tls && !plain) {
    return Error{Errc::denied, "'" + url->authority() + "' would be asked without encryption; " +
                                   rule.mend + " allows it"};
  }
  if (inside) return PermitAddress(&permit_inside);
  return PermitAddress([mend = rule.mend](const std::string& name,
                                          const boost::asio::ip::address& at) -> Result<void> {
    if (permit_outside(name, at)) return {};
    return Error{Errc::denied, "'" + name + "' leads to " + at.to_string() +
                                   ", which is no public address; " + mend + " allows it"};
  });
}

void allow_host(const std::string& url, bool private_too, std::vector<HostPattern>& inside) {
  const Result<Url> parsed = parse_url(url);
  if (!parsed) return;
  const std::string place = parsed->host + ":" + std::to_string(parsed->port);
  std::vector<std::string> texts = {place};
  if (url.starts_with("http://")) texts.push_back("http://" + place);
  if (private_too) texts.push_back("private:" + place);
  for (const std::string& text : texts) {
    Result<HostPattern> pattern = parse_host_pattern(text);
    if (pattern) inside.push_back(std::move(*pattern));
  }
}

}  // namespace yoke
