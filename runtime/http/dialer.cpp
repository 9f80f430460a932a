#include "runtime/http/dialer.h"

#include <netdb.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "runtime/http/message_text.h"
#include "runtime/http/unix_socket.h"
#include "runtime/http/wire.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::size_t kNamesKept = 512;
constexpr std::chrono::nanoseconds kNoDialLimit = std::chrono::nanoseconds::max();
using Kind = HttpFailure::Kind;

HttpFailure dial_failed(Kind kind, std::string message) {
  HttpFailure failure;
  failure.kind = kind;
  failure.message = std::move(message);
  return failure;
}

HttpFailure connect_failed(const Connection& connection, const boost::system::error_code& error,
                           const std::string& peer) {
  if (connection.timed_out())
    return dial_failed(Kind::timeout, "'" + peer + "' did not answer in time");
  return dial_failed(Kind::connect, "cannot connect to '" + peer + "': " + error.message());
}

std::vector<asio::ip::address> look_up_by_system(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &wanted, &list);
  if (code != 0) throw Fault(::gai_strerror(code));
  std::vector<asio::ip::address> addresses;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (one->ai_addrlen > endpoint.capacity()) continue;
    endpoint.resize(one->ai_addrlen);
    std::copy_n(reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen,
                reinterpret_cast<char*>(endpoint.data()));
    addresses.push_back(endpoint.address());
  }
  ::freeaddrinfo(list);
  return addresses;
}

// What a look-up's exception means; a cancellation goes on its way.
HttpFailure look_up_failed(const std::exception_ptr& failure, const std::string& host) {
  if (is_cancellation(failure)) std::rethrow_exception(failure);
  try {
    std::rethrow_exception(failure);
  } catch (const DeadlineExceeded&) {
    return dial_failed(Kind::timeout, "the name '" + host + "' was not found in time");
  } catch (const std::exception& error) {
    return dial_failed(Kind::resolve, "cannot find the host '" + host + "': " + error.what());
  }
}

// Takes the answer to CONNECT.
class TunnelAnswer final : public ResponseReceiver {
 public:
  int status = 0;

 private:
  bool on_head(HttpResponseHead head) override {
    status = head.status;
    return true;
  }
  bool on_body(std::string_view) override { return true; }
};

}  // namespace

std::string DialPlan::key() const {
  if (!unix_socket.empty()) return "unix:" + unix_socket;
  if (proxy.empty()) return url.origin();
  return (url.tls ? url.origin() : "http") + " via " + proxy;
}

Dialer::Dialer(asio::any_io_executor executor, const HttpClientOptions& options)
    : executor_(std::move(executor)), options_(options) {}

Dialer::~Dialer() = default;

bool Dialer::is_guarded(const DialPlan& plan) const {
  return options_.permit_address != nullptr || plan.permit_address != nullptr;
}

Result<void> Dialer::permit(const DialPlan& plan, const std::string& host,
                            const asio::ip::address& address) const {
  if (options_.permit_address) {
    Result<void> allowed = options_.permit_address(host, address);
    if (!allowed) return allowed;
  }
  if (plan.permit_address) return plan.permit_address(host, address);
  return {};
}

awaitable<DialOutcome> Dialer::dial(DialPlan plan, Deadline deadline) {
  if (!plan.unix_socket.empty()) co_return co_await dial_unix(std::move(plan), deadline);
  Url proxy;
  if (!plan.proxy.empty()) {
    Result<Url> parsed = parse_url(plan.proxy, true);
    if (!parsed || parsed->tls) {
      co_return dial_failed(Kind::bad_request, "the proxy's URL must be 'http://host:port'");
    }
    proxy = std::move(*parsed);
  }
  const Url& first_hop = plan.proxy.empty() ? plan.url : proxy;
  DialOutcome outcome = co_await dial_host(plan, first_hop, deadline);
  if (std::holds_alternative<HttpFailure>(outcome) || !plan.url.tls) co_return outcome;
  Connection& connection = *std::get<std::unique_ptr<Connection>>(outcome);
  const Deadline limit = std::min(deadline, LoopClock::now() + 2 * options_.connect_timeout);
  connection.watch(limit, kNoDialLimit);
  std::optional<HttpFailure> failure;
  if (!plan.proxy.empty()) failure = co_await open_tunnel(connection, plan, proxy);
  if (!failure) failure = co_await secure(connection, plan.url);
  if (failure) co_return std::move(*failure);
  connection.unwatch();
  co_return outcome;
}

awaitable<DialOutcome> Dialer::dial_unix(DialPlan plan, Deadline deadline) {
  Result<UnixAddress> address = UnixAddress::of(plan.unix_socket);
  if (!address) co_return dial_failed(Kind::connect, address.error().message());
  auto connection = std::make_unique<Connection>(executor_);
  connection->watch(std::min(deadline, LoopClock::now() + options_.connect_timeout), kNoDialLimit);
  const auto endpoint = address->endpoint();
  const auto error = co_await connection->connect(endpoint);
  if (error) co_return connect_failed(*connection, error, plan.unix_socket);
  connection->unwatch();
  co_return connection;
}

awaitable<DialOutcome> Dialer::dial_host(DialPlan plan, Url host, Deadline deadline) {
  const bool guarded = is_guarded(plan);
  auto found = co_await look_up(host.host, guarded, deadline);
  if (auto* failure = std::get_if<HttpFailure>(&found)) co_return std::move(*failure);
  HttpFailure last = dial_failed(Kind::resolve, "the host '" + host.host + "' has no address");
  for (const asio::ip::address& address : std::get<Addresses>(found)) {
    if (guarded) {
      const Result<void> allowed = permit(plan, host.host, address);
      if (!allowed) {
        last = dial_failed(Kind::denied, allowed.error().message());
        continue;
      }
    }
    auto connection = std::make_unique<Connection>(executor_);
    const Deadline limit = std::min(deadline, LoopClock::now() + options_.connect_timeout);
    connection->watch(limit, kNoDialLimit);
    const asio::ip::tcp::endpoint endpoint(address, host.port);
    const Connection::Socket::endpoint_type peer(endpoint);
    const auto error = co_await connection->connect(peer);
    if (!error) {
      connection->unwatch();
      co_return connection;
    }
    last = connect_failed(*connection, error, host.authority());
    if (LoopClock::now() >= deadline) break;
  }
  co_return last;
}

awaitable<std::variant<HttpFailure, Dialer::Addresses>> Dialer::look_up(std::string host,
                                                                        bool fresh,
                                                                        Deadline deadline) {
  boost::system::error_code not_numeric;
  const asio::ip::address numeric = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return Addresses(1, numeric);
  const Addresses* known = fresh ? nullptr : cached(host);
  if (known != nullptr) co_return *known;
  if (!threads_) threads_.emplace("http-names", 2, 1000);
  std::exception_ptr failure;
  Addresses addresses;
  try {
    auto job = [host, look_up = options_.look_up ? options_.look_up : look_up_by_system] {
      return look_up(host);
    };
    auto work = offload(*threads_, std::move(job));
    addresses = co_await with_deadline(deadline, std::move(work));
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) co_return look_up_failed(failure, host);
  if (!fresh) remember(host, addresses);
  co_return addresses;
}

const Dialer::Addresses* Dialer::cached(const std::string& host) const {
  const auto place = found_.find(host);
  if (place == found_.end() || place->second.expires <= LoopClock::now()) return nullptr;
  return &place->second.addresses;
}

void Dialer::remember(const std::string& host, const Addresses& addresses) {
  if (addresses.empty()) return;
  if (found_.size() >= kNamesKept) found_.clear();
  Found& entry = found_[host];
  entry.addresses = addresses;
  entry.expires = LoopClock::now() + options_.address_expiry;
}

awaitable<std::optional<HttpFailure>> Dialer::open_tunnel(Connection& connection, DialPlan plan,
                                                          Url proxy) {
  const std::string authorization =
      proxy.user_info.empty() ? std::string() : basic_authorization(proxy.user_info);
  const std::string head = connect_head(plan.url, authorization);
  const std::string peer = "the proxy '" + proxy.authority() + "'";
  auto error = co_await connection.write(asio::buffer(head));
  if (error) co_return connect_failed(connection, error, peer);
  TunnelAnswer answer;
  ResponseReader reader(answer, plan.header_bytes_max, true);
  while (true) {
    std::size_t used = 0;
    const WireState state = reader.feed(connection.unread(), used);
    connection.consume(used);
    if (state == WireState::done) break;
    if (state != WireState::more) co_return dial_failed(Kind::connect, peer + " speaks no HTTP");
    error = co_await connection.read(plan.header_bytes_max);
    if (error) co_return connect_failed(connection, error, peer);
  }
  if (answer.status / 100 == 2 && connection.unread().empty()) co_return std::nullopt;
  co_return dial_failed(Kind::connect, peer + " refuses to reach '" + plan.url.authority() +
                                           "': status " + std::to_string(answer.status));
}

awaitable<std::optional<HttpFailure>> Dialer::secure(Connection& connection, Url url) {
  std::optional<HttpFailure> failure;
  asio::ssl::context* context = nullptr;
  try {
    context = &tls_context();
  } catch (const std::exception& error) {
    failure = dial_failed(Kind::tls,
                          std::string("the trusted certificates cannot be read: ") + error.what());
  }
  if (failure) co_return failure;
  const Result<void> secured = co_await connection.start_tls(*context, url.host);
  if (secured) co_return std::nullopt;
  if (connection.timed_out()) {
    co_return dial_failed(Kind::timeout, "'" + url.authority() + "' did not agree on TLS in time");
  }
  co_return dial_failed(Kind::tls,
                        "no trust in '" + url.authority() + "': " + secured.error().message());
}

asio::ssl::context& Dialer::tls_context() {
  if (tls_context_) return *tls_context_;
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->set_default_verify_paths();
  if (!options_.ca_file.empty()) context->load_verify_file(options_.ca_file);
  context->set_verify_mode(asio::ssl::verify_peer);
  tls_context_ = std::move(context);
  return *tls_context_;
}

}  // namespace yoke
