#include "runtime/http/server_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

using boost::system::error_code;

// For TLS 1.2; those of 1.3 are all good.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr unsigned char kProtocol[] = "\x08http/1.1";
constexpr unsigned char kHandshakeRecord = 0x16;

Error wrong(const std::string& what, const std::string& file, const std::string& why) {
  return Error{Errc::invalid, "the " + what + " '" + file + "' " + why};
}

std::string system_text(int code) {
  return error_code(code, boost::system::system_category()).message();
}

// Whatever OpenSSL has to say about what just failed, and nothing of it is left behind.
std::string last_problem() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "no reason given";
}

struct CloseFile {
  void operator()(FILE* file) const { std::fclose(file); }
};

Result<void> check_readable(const std::string& what, const std::string& file) {
  if (file.empty()) return Error{Errc::invalid, "no file is named for the " + what};
  const std::unique_ptr<FILE, CloseFile> opened(std::fopen(file.c_str(), "re"));
  if (!opened) return wrong(what, file, "cannot be opened: " + system_text(errno));
  return {};
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned int offered_bytes, void*) {
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, length, kProtocol, sizeof(kProtocol) - 1,
                                            offered, offered_bytes);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// A key with a passphrase would have OpenSSL ask at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<void> read_files(SSL_CTX* context, const HttpCertificate& files) {
  const std::string certificate = "certificate";
  const Result<void> chain_there = check_readable(certificate, files.chain);
  if (!chain_there) return chain_there.error();
  const Result<void> key_there = check_readable("certificate's key", files.key);
  if (!key_there) return key_there.error();
  if (SSL_CTX_use_certificate_chain_file(context, files.chain.c_str()) != 1) {
    return wrong(certificate, files.chain,
                 "is no chain of certificates in PEM (" + last_problem() +
                     "): put the server's own first, then those between it and the root");
  }
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const unsigned long code = ERR_peek_last_error();
    if (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH) {
      ERR_clear_error();
      return wrong("certificate's key", files.key,
                   "belongs to another certificate than '" + files.chain + "'");
    }
    return wrong("certificate's key", files.key,
                 "is no private key in PEM without a passphrase (" + last_problem() + ")");
  }
  const X509* own = SSL_CTX_get0_certificate(context);
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0) {
    return wrong(certificate, files.chain, "has expired: renew it");
  }
  return {};
}

// A BIO over the socket that takes no signal when the client has gone.
int send_bytes(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const int socket = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  const auto sent = ::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int receive_bytes(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const int socket = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  const auto got = ::recv(socket, bytes, static_cast<std::size_t>(size), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "yoke socket");
  ENSURE(method != nullptr);
  BIO_meth_set_write(method, send_bytes);
  BIO_meth_set_read(method, receive_bytes);
  BIO_meth_set_ctrl(method, control);
  BIO_meth_set_create(method, create);
  return method;
}

BIO* socket_bio(int socket) {
  static BIO_METHOD* const method = make_method();  // for the life of the process
  BIO* bio = BIO_new(method);
  ENSURE(bio != nullptr);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  return bio;
}

struct FreeSession {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

}  // namespace

bool begins_tls(unsigned char first) { return first == kHandshakeRecord; }

Result<TlsContext> load_certificate(const HttpCertificate& files) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  ENSURE(context);
  SSL_CTX* raw = context.get();
  const bool set = SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1 &&
                   SSL_CTX_set_cipher_list(raw, kCiphers) == 1;
  ENSURE(set);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // clients keep tickets
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  ERR_clear_error();
  const Result<void> read = read_files(raw, files);
  if (!read) return read.error();
  return context;
}

struct TlsSession::State {
  std::unique_ptr<SSL, FreeSession> ssl;
  bool broken = false;
};

TlsSession::TlsSession(ssl_ctx_st& context, int socket) : state_(std::make_unique<State>()) {
  state_->ssl.reset(SSL_new(&context));  // holds on to the context
  ENSURE(state_->ssl);
  BIO* bio = socket_bio(socket);
  SSL_set_bio(state_->ssl.get(), bio, bio);  // owns it now
  SSL_set_accept_state(state_->ssl.get());
}

TlsSession::~TlsSession() = default;

TlsSession::Step TlsSession::step(int result) {
  Step step;
  if (result > 0) {
    step.bytes = static_cast<std::size_t>(result);
    return step;
  }
  const int system_code = errno;
  switch (SSL_get_error(state_->ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
      step.need = Need::readable;
      break;
    case SSL_ERROR_WANT_WRITE:
      step.need = Need::writable;
      break;
    case SSL_ERROR_ZERO_RETURN:
      step.error = boost::asio::error::eof;
      break;
    case SSL_ERROR_SYSCALL:
      state_->broken = true;
      step.error = boost::asio::error::eof;
      if (system_code != 0) step.error.assign(system_code, boost::system::system_category());
      break;
    default:
      state_->broken = true;
      step.error.assign(static_cast<int>(ERR_get_error()), boost::asio::error::get_ssl_category());
  }
  return step;
}

TlsSession::Step TlsSession::shake_hands() {
  ERR_clear_error();
  errno = 0;
  return step(SSL_do_handshake(state_->ssl.get()));
}

TlsSession::Step TlsSession::read(boost::asio::mutable_buffer space) {
  ERR_clear_error();
  errno = 0;
  return step(SSL_read(state_->ssl.get(), space.data(), static_cast<int>(space.size())));
}

TlsSession::Step TlsSession::peek() {
  ERR_clear_error();
  errno = 0;
  char byte = 0;
  return step(SSL_peek(state_->ssl.get(), &byte, 1));
}

TlsSession::Step TlsSession::write(boost::asio::const_buffer bytes) {
  ERR_clear_error();
  errno = 0;
  constexpr std::size_t kOnce = 1024 * 1024;
  const std::size_t size = std::min(bytes.size(), kOnce);
  return step(SSL_write(state_->ssl.get(), bytes.data(), static_cast<int>(size)));
}

bool TlsSession::has_pending() const { return SSL_has_pending(state_->ssl.get()) == 1; }

void TlsSession::say_goodbye() {
  if (state_->broken || SSL_is_init_finished(state_->ssl.get()) != 1) return;
  ERR_clear_error();
  SSL_shutdown(state_->ssl.get());
  ERR_clear_error();
}

}  // namespace yoke
