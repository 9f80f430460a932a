#include "runtime/http/proxy.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cstdlib>

#include "runtime/base/text.h"
#include "runtime/http/headers.h"

namespace yoke {
namespace {

namespace ip = boost::asio::ip;

// True when `rule` is a network like "10.0.0.0/8" and `host` an address inside it.
bool inside_network(const std::string& rule, const std::string& host) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(host, error);
  if (error) return false;
  if (address.is_v4()) {
    const ip::network_v4 network = ip::make_network_v4(rule, error);
    if (error) return false;
    return ip::network_v4(address.to_v4(), network.prefix_length()).canonical() ==
           network.canonical();
  }
  const ip::network_v6 network = ip::make_network_v6(rule, error);
  if (error) return false;
  return ip::network_v6(address.to_v6(), network.prefix_length()).canonical() ==
         network.canonical();
}

bool names_host(std::string_view rule, std::string_view host) {
  if (rule.starts_with("*.")) rule.remove_prefix(1);
  if (equal_ignoring_case(rule, host)) return true;
  const std::string_view bare = rule.starts_with('.') ? rule.substr(1) : rule;
  if (equal_ignoring_case(bare, host)) return true;
  if (host.size() <= bare.size()) return false;
  const std::string_view tail = host.substr(host.size() - bare.size());
  return equal_ignoring_case(tail, bare) && host[host.size() - bare.size() - 1] == '.';
}

bool matches(std::string rule, const Url& url) {
  if (rule == "*") return true;
  if (rule.find('/') != std::string::npos) return inside_network(rule, url.host);
  if (rule.starts_with('[')) {
    const std::size_t close = rule.find(']');
    if (close == std::string::npos) return false;
    const std::string port = rule.substr(close + 1);
    if (!port.empty() && port != ":" + std::to_string(url.port)) return false;
    rule = rule.substr(1, close - 1);
  } else if (const std::size_t colon = rule.find(':');
             colon != std::string::npos && colon == rule.rfind(':')) {
    if (rule.substr(colon + 1) != std::to_string(url.port)) return false;
    rule.resize(colon);
  }
  return !rule.empty() && names_host(rule, url.host);
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  boost::system::error_code error;
  const ip::address address = ip::make_address(host, error);
  return !error && address.is_loopback();
}

}  // namespace

const std::string& ProxySettings::choose(const Url& url) const {
  static const std::string kNone;
  const std::string& proxy = url.tls ? https : http;
  if (proxy.empty() || is_loopback(url.host)) return kNone;
  for (const std::string& rule : direct) {
    if (matches(rule, url)) return kNone;
  }
  return proxy;
}

ProxySettings proxies_from(const std::function<std::string(const std::string& name)>& variable) {
  const auto either = [&variable](const std::string& lower, const std::string& upper) {
    const std::string value = variable(lower);
    return value.empty() ? variable(upper) : value;
  };
  ProxySettings settings;
  const std::string all = either("all_proxy", "ALL_PROXY");
  settings.http = either("http_proxy", "HTTP_PROXY");
  settings.https = either("https_proxy", "HTTPS_PROXY");
  if (settings.http.empty()) settings.http = all;
  if (settings.https.empty()) settings.https = all;
  for (std::string* proxy : {&settings.http, &settings.https}) {
    if (!proxy->empty() && proxy->find("://") == std::string::npos) proxy->insert(0, "http://");
  }
  for (const std::string& rule : split(either("no_proxy", "NO_PROXY"), ',')) {
    const std::string_view trimmed = trim(rule);
    if (!trimmed.empty()) settings.direct.emplace_back(trimmed);
  }
  return settings;
}

ProxySettings proxies_from_environment() {
  return proxies_from([](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return std::string(value != nullptr ? value : "");
  });
}

}  // namespace yoke
