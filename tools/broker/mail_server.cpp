#include "tools/broker/mail_server.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <string_view>

#include "runtime/base/text.h"
#include "tools/broker/mail_message.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;

constexpr int kTlsPort = 465;
constexpr milliseconds kTimeMax = std::chrono::minutes(1);
constexpr milliseconds kConnectMax = std::chrono::seconds(10);

struct CloseHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void add(List& list, const std::string& text) {
  curl_slist* longer = curl_slist_append(list.get(), text.c_str());
  if (longer == nullptr) return;
  list.release();
  list.reset(longer);
}

// The message on its way, and how much of it has gone.
struct Outgoing {
  std::string_view rest;
  bool begun = false;
};

std::size_t take_part(char* into, std::size_t size, std::size_t count, void* state) {
  auto& outgoing = *static_cast<Outgoing*>(state);
  outgoing.begun = true;
  const std::size_t taken = std::min(size * count, outgoing.rest.size());
  std::memcpy(into, outgoing.rest.data(), taken);
  outgoing.rest.remove_prefix(taken);
  return taken;
}

std::size_t drop_reply(char*, std::size_t size, std::size_t count, void*) { return size * count; }

bool start_curl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// One delivery: what curl is given must live until it ends.
class Sending {
 public:
  explicit Sending(const MailDelivery& delivery)
      : delivery_(delivery), outgoing_{delivery.message, false}, handle_(curl_easy_init()) {}

  Result<void> run() {
    if (!handle_) return Error{Errc::unavailable, "the mail library cannot start"};
    set_peer();
    set_tls();
    set_mail();
    const CURLcode code = curl_easy_perform(handle_.get());
    if (code == CURLE_OK) return {};
    return failure(code);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }

  void set_peer() {
    const std::string host = bracketed(delivery_.host);
    const std::string port = std::to_string(delivery_.port);
    const bool tls = delivery_.port == kTlsPort && !delivery_.plain;
    // The path is the name that we greet with: the sender's domain, not this machine's name.
    url_ = (tls ? "smtps://" : "smtp://") + host + ":" + port + "/" +
           std::string(domain_of(delivery_.from));
    set(CURLOPT_URL, url_.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_NOSIGNAL, 1L);
    std::string addresses;
    for (const auto& address : delivery_.addresses) {
      addresses += (addresses.empty() ? "" : ",") + bracketed(address.to_string());
    }
    add(names_, delivery_.host + ":" + port + ":" + addresses);
    set(CURLOPT_RESOLVE, names_.get());
    const auto left =
        std::chrono::duration_cast<milliseconds>(delivery_.deadline - LoopClock::now());
    const milliseconds time = std::clamp(left, milliseconds(1), kTimeMax);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(time.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(time, kConnectMax).count()));
    set(CURLOPT_ERRORBUFFER, words_.data());
  }

  void set_tls() {
    set(CURLOPT_USE_SSL, static_cast<long>(delivery_.plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!delivery_.ca_file.empty()) set(CURLOPT_CAINFO, delivery_.ca_file.c_str());
    if (delivery_.user.reveal().empty()) return;
    set(CURLOPT_USERNAME, delivery_.user.reveal().c_str());
    set(CURLOPT_PASSWORD, delivery_.password.reveal().c_str());
  }

  void set_mail() {
    from_ = "<" + delivery_.from + ">";
    set(CURLOPT_MAIL_FROM, from_.c_str());
    for (const std::string& address : delivery_.recipients) add(recipients_, "<" + address + ">");
    set(CURLOPT_MAIL_RCPT, recipients_.get());
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, take_part);
    set(CURLOPT_READDATA, static_cast<void*>(&outgoing_));
    set(CURLOPT_WRITEFUNCTION, drop_reply);
  }

  Error failure(CURLcode code) {
    long answer = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer);
    const std::string words = words_[0] != '\0' ? words_.data() : curl_easy_strerror(code);
    std::string text = "'" + delivery_.host + ":" + std::to_string(delivery_.port) +
                       "': " + printable(to_valid_utf8(words));
    const bool refused = answer >= 400 && answer < 600;
    if (refused && words.find(std::to_string(answer)) == std::string::npos) {
      text += " (it answered " + std::to_string(answer) + ")";
    }
    if (outgoing_.begun && outgoing_.rest.empty() && !refused) {
      text +=
          "; the server may have taken the message all the same: do not send it again before "
          "you have looked";
    }
    switch (code) {
      case CURLE_LOGIN_DENIED:
      case CURLE_USE_SSL_FAILED:
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CONNECT_ERROR:
        return Error{Errc::denied, std::move(text)};
      case CURLE_OPERATION_TIMEDOUT:
        return Error{Errc::timed_out, std::move(text)};
      default:
        return Error{refused ? Errc::invalid : Errc::unavailable, std::move(text)};
    }
  }

  const MailDelivery& delivery_;
  Outgoing outgoing_;
  std::string url_;
  std::string from_;
  std::array<char, CURL_ERROR_SIZE> words_{};
  List names_;
  List recipients_;
  std::unique_ptr<CURL, CloseHandle> handle_;  // last: it goes before what it looks at
};

}  // namespace

Result<void> deliver_mail(const MailDelivery& delivery) {
  if (!start_curl()) return Error{Errc::unavailable, "the mail library cannot start"};
  return Sending(delivery).run();
}

}  // namespace yoke
