#include "tests/http/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

struct Free {
  void operator()(X509* one) const { X509_free(one); }
  void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
  void operator()(X509_EXTENSION* one) const { X509_EXTENSION_free(one); }
  void operator()(FILE* one) const { std::fclose(one); }
};
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  ENSURE(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate make(EVP_PKEY* key, const std::string& name, long serial, long valid_seconds) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_seconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

using File = std::unique_ptr<FILE, Free>;

void save(const std::string& path, X509* certificate) {
  const File file(std::fopen(path.c_str(), "w"));
  ENSURE(file && PEM_write_X509(file.get(), certificate) == 1);
}

void save(const std::string& path, EVP_PKEY* key) {
  const File file(std::fopen(path.c_str(), "w"));
  ENSURE(file && PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

}  // namespace

struct TestAuthority::State {
  std::filesystem::path folder;
  Key key;
  Certificate certificate;
  long issued = 1;
};

TestAuthority::TestAuthority() : state_(std::make_unique<State>()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "yoke-ca-XXXXXX").string();
  state_->folder = ::mkdtemp(pattern.data());
  state_->key.reset(EVP_EC_gen("P-256"));
  state_->certificate = make(state_->key.get(), "Test Authority", 1, 3600);
  X509* own = state_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  ENSURE(X509_sign(own, state_->key.get(), EVP_sha256()) > 0);
  save(file(), own);
}

TestAuthority::~TestAuthority() { std::filesystem::remove_all(state_->folder); }

std::string TestAuthority::file() const { return (state_->folder / "ca.pem").string(); }

CertificateFiles TestAuthority::issue(const std::string& names, long valid_seconds) const {
  const Key key(EVP_EC_gen("P-256"));
  const long serial = ++state_->issued;
  const Certificate certificate = make(key.get(), "Test Server", serial, valid_seconds);
  X509* issuer = state_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  extend(certificate.get(), issuer, NID_subject_alt_name, names);
  ENSURE(X509_sign(certificate.get(), state_->key.get(), EVP_sha256()) > 0);
  CertificateFiles files;
  const std::string stem = (state_->folder / std::to_string(serial)).string();
  files.certificate = stem + ".pem";
  files.key = stem + ".key";
  save(files.certificate, certificate.get());
  save(files.key, key.get());
  return files;
}

}  // namespace yoke
