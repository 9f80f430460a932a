#include "tools/broker/mail_module.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>

#include "runtime/base/text.h"
#include "runtime/http/address.h"
#include "tools/broker/permit_address.h"

namespace yoke {
namespace {

using Addresses = std::vector<boost::asio::ip::address>;

constexpr std::string_view kSend = "mail.send";

const MailServer* find_server(const Permissions& permissions, const HostPattern& asked) {
  for (const MailServer& server : permissions.smtp) {
    if (server.host.host == asked.host && server.host.port == asked.port) return &server;
  }
  return nullptr;
}

Addresses look_up_by_system(const std::string& host) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::resolver resolver(io);
  boost::system::error_code error;
  Addresses addresses;
  for (const auto& entry : resolver.resolve(host, "", error)) {
    addresses.push_back(entry.endpoint().address());
  }
  if (error) throw Fault(error.message());
  return addresses;
}

// The addresses of the host. All must be fit: a name that also leads elsewhere is refused.
Result<Addresses> checked_addresses(const std::string& host, bool inside,
                                    const std::function<Addresses(const std::string&)>& look_up) {
  boost::system::error_code no_literal;
  const auto literal = boost::asio::ip::make_address(host, no_literal);
  Addresses addresses = {literal};
  if (no_literal) {
    try {
      addresses = look_up ? look_up(host) : look_up_by_system(host);
    } catch (const Fault& fault) {
      return Error{Errc::unavailable,
                   "cannot find the mail server '" + host + "': " + fault.what()};
    }
  }
  if (addresses.empty()) {
    return Error{Errc::unavailable, "the mail server '" + host + "' has no address"};
  }
  for (const auto& address : addresses) {
    const Result<void> permitted =
        inside ? permit_inside(host, address) : permit_outside(host, address);
    if (!permitted) return permitted.error();
  }
  return addresses;
}

InnerRequest shown_request(const Mail& mail, const std::string& server) {
  InnerRequest shown{std::string(kSend), Json::object(), Effect::once};
  shown.shown["server"] = server;
  shown.shown["from"] = mail.from;
  shown.shown["to"] = join(mail.recipients(), ", ");
  shown.shown["subject"] = mail.subject;
  return shown;
}

// The granted server that a mail is to go through, once policy has allowed it.
Result<const MailServer*> permitted_server(const Mail& mail, const Json& args, CallScope& scope) {
  const std::string written = string_at(argument(args, 0), "server");
  const InnerRequest shown = shown_request(mail, written);
  const Result<HostPattern> asked = parse_host_pattern(written);
  const MailServer* server = asked ? find_server(scope.permissions(), *asked) : nullptr;
  if (server == nullptr) {
    return scope.refuse(shown, "mail.send: the server '" + shorten(printable(written), 80) +
                                   "' is not granted (permissions.smtp does not list it)");
  }
  if (Result<void> permitted = scope.permit(shown); !permitted) return permitted.error();
  return server;
}

}  // namespace

Result<Json> MailModule::admit(const std::string& function, const Json& args, CallScope& scope) {
  if (function != "send") return unknown_function("mail", function, {"send"});
  const Result<Mail> mail = read_mail(argument(args, 0));
  if (!mail) return mail.error();
  const Result<const MailServer*> server = permitted_server(*mail, args, scope);
  if (!server) return server.error();
  return args;
}

Result<void> MailModule::fill_in_secrets(MailDelivery& delivery, const MailServer& server,
                                         CallScope& scope) const {
  if (server.user.empty()) return {};
  for (const auto& [name, field] :
       {std::pair{&server.user, &delivery.user}, {&server.password, &delivery.password}}) {
    Result<Secret> secret = secrets_.secret(*name, scope.identity());
    if (!secret) return secret.error();
    if (secret->reveal().empty()) {
      return Error{Errc::invalid, "the secret " + *name + " is empty"};
    }
    if (name == &server.password) scope.secrets().add(*name, secret->reveal());
    *field = std::move(*secret);
  }
  return {};
}

Result<MailModule::Plan> MailModule::plan(const std::string& function, const Json& args,
                                          CallScope& scope) const {
  if (function != "send") return unknown_function("mail", function, {"send"});
  Result<Mail> mail = read_mail(argument(args, 0));
  if (!mail) return mail.error();
  const Result<const MailServer*> permitted = permitted_server(*mail, args, scope);
  if (!permitted) return permitted.error();
  const MailServer* server = *permitted;
  Plan plan;
  plan.id = mail->id.empty() ? scope.identity().run_id + "-" + scope.identity().call_id : mail->id;
  std::replace(plan.id.begin(), plan.id.end(), '.', '-');
  mail->id = plan.id;
  plan.inside = server->host.inside;
  plan.delivery.host = server->host.host;
  plan.delivery.port = server->host.port;
  plan.delivery.plain = is_loopback_name(server->host.host);
  plan.delivery.from = mail->from;
  plan.delivery.recipients = mail->recipients();
  plan.delivery.message = message_text(*mail, wall_.now());
  plan.delivery.ca_file = options_.ca_file;
  plan.delivery.deadline = scope.deadline();
  if (Result<void> filled = fill_in_secrets(plan.delivery, *server, scope); !filled) {
    return filled.error();
  }
  return plan;
}

awaitable<Result<Json>> MailModule::call(std::string function, Json args, CallScope& scope) {
  std::vector<std::string> names;
  for (const MailServer& server : scope.permissions().smtp) {
    if (!server.user.empty()) names.insert(names.end(), {server.user, server.password});
  }
  const Deadline until = scope.deadline();
  auto fetching = secrets_.fetch(std::move(names), scope.identity().tenant, until);
  const Result<void> fetched = co_await std::move(fetching);
  if (!fetched) co_return fetched.error();
  Result<Plan> planned = plan(function, args, scope);
  if (!planned) co_return planned.error();
  scope.saw(Label{});
  if (!threads_) threads_ = std::make_unique<Pool>("yoke-mail", 1);
  const std::string id = planned->id;
  auto job = [plan = std::move(*planned), look_up = options_.look_up]() -> Result<void> {
    Result<Addresses> addresses = checked_addresses(plan.delivery.host, plan.inside, look_up);
    if (!addresses) return addresses.error();
    MailDelivery delivery = plan.delivery;
    delivery.addresses = std::move(*addresses);
    return deliver_mail(delivery);
  };
  Result<void> sent = co_await offload(*threads_, std::move(job));
  if (!sent) {
    scope.note(Json{{"error", sent.error().detail}});
    co_return Error{sent.error().code, "mail.send: " + sent.error().detail};
  }
  scope.note(Json{{"id", id}});
  Json accepted = Json::object();
  accepted["accepted"] = true;
  accepted["id"] = id;
  co_return accepted;
}

}  // namespace yoke
