#include "runtime/store/sqlite/roots.h"

#include "runtime/store/sqlite/migrations.h"

namespace yoke::sqlite {
namespace {

AuditRoot root_from(const Query& query, const std::string& store) {
  AuditRoot root;
  root.store = store;
  root.tenant = query.string(0);
  root.n = query.integer(1);
  root.at = query.integer(2);
  root.runs = query.integer(3);
  root.heads = query.hash(4);
  root.prev = query.hash(5);
  root.root = query.hash(6);
  root.key = query.string(7);
  root.signature = query.string(8);
  return root;
}

// Columns n, run_id, seq, hash, hash now.
std::vector<CoveredHead> heads_from(Query& query) {
  std::vector<CoveredHead> heads;
  while (query.step()) {
    CoveredHead head;
    head.n = query.integer(0);
    head.run_id = query.string(1);
    head.seq = query.integer(2);
    head.hash = query.hash(3);
    if (!query.is_null(4)) head.found = query.hash(4);
    heads.push_back(std::move(head));
  }
  return heads;
}

}  // namespace

std::string store_id_of(Database& database) { return meta(database, "store_id").value_or(""); }

std::vector<AuditRoot> roots_of(Database& database, const std::string& tenant, std::int64_t after,
                                int limit) {
  const std::string store = store_id_of(database);
  Query query = database.sql(
      "SELECT tenant, n, at, runs, heads, prev, root, key, sig FROM audit_roots"
      " WHERE tenant=?1 AND n > ?2 ORDER BY n LIMIT ?3");
  query.bind(tenant, after, limit);
  std::vector<AuditRoot> roots;
  while (query.step()) roots.push_back(root_from(query, store));
  return roots;
}

std::optional<AuditRoot> last_root(Database& database, const std::string& tenant) {
  const std::string store = store_id_of(database);
  Query query = database.sql(
      "SELECT tenant, n, at, runs, heads, prev, root, key, sig FROM audit_roots"
      " WHERE tenant=?1 ORDER BY n DESC LIMIT 1");
  query.bind(tenant);
  if (!query.step()) return std::nullopt;
  return root_from(query, store);
}

std::vector<std::string> tenants_of_roots(Database& database) {
  Query query = database.sql("SELECT DISTINCT tenant FROM audit_roots ORDER BY tenant");
  std::vector<std::string> tenants;
  while (query.step()) tenants.push_back(query.string(0));
  return tenants;
}

std::vector<CoveredHead> sealed_heads(Database& database, const std::string& tenant,
                                      std::int64_t n) {
  Query query = database.sql(
      "SELECT h.n, h.run_id, h.seq, h.hash, j.hash FROM audit_heads h"
      " LEFT JOIN runs r ON r.run_id=h.run_id AND r.tenant=h.tenant"
      " LEFT JOIN journal j ON j.run_no=r.run_no AND j.seq=h.seq"
      " WHERE h.tenant=?1 AND h.n=?2 ORDER BY h.run_id");
  query.bind(tenant, n);
  return heads_from(query);
}

std::optional<Hash> journal_hash(Database& database, const std::string& run_id, std::int64_t seq) {
  Query query = database.sql(
      "SELECT j.hash FROM runs r JOIN journal j ON j.run_no=r.run_no AND j.seq=?2"
      " WHERE r.run_id=?1");
  query.bind(run_id, seq);
  if (!query.step()) return std::nullopt;
  return query.hash(0);
}

std::vector<CoveredHead> sealed_heads_of(Database& database, const std::string& run_id) {
  Query query = database.sql(
      "SELECT h.n, h.run_id, h.seq, h.hash, j.hash FROM audit_heads h"
      " LEFT JOIN runs r ON r.run_id=h.run_id AND r.tenant=h.tenant"
      " LEFT JOIN journal j ON j.run_no=r.run_no AND j.seq=h.seq"
      " WHERE h.run_id=?1 ORDER BY h.n");
  query.bind(run_id);
  return heads_from(query);
}

}  // namespace yoke::sqlite
