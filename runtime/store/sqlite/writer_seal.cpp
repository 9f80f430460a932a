#include <algorithm>

#include "runtime/store/sqlite/roots.h"
#include "runtime/store/sqlite/writer.h"

namespace yoke::sqlite {
namespace {

struct ChangedHead : RunHead {
  std::int64_t run_no = 0;
  bool ended = false;
};

// A run that has ended and is sealed to its end is left out of the index that this walks; those
// that wait or are driven stay in it. The head of an owned run is in its journal.
std::vector<ChangedHead> changed_heads(Database& database, const std::string& tenant) {
  Query query = database.sql(
      "SELECT r.run_no, r.run_id, r.status, coalesce(j.seq, r.head_seq),"
      " coalesce(j.hash, r.head_hash) FROM runs r"
      " LEFT JOIN journal j ON r.status=1 AND j.run_no=r.run_no"
      " AND j.seq=(SELECT max(seq) FROM journal WHERE run_no=r.run_no)"
      " WHERE r.sealed=0 AND r.tenant=?1"
      " AND coalesce(j.seq, r.head_seq) > max(r.sealed_seq, r.fork_seq)"
      " ORDER BY r.run_no LIMIT ?2");
  query.bind(tenant, kHeadsPerRoot);
  std::vector<ChangedHead> heads;
  while (query.step()) {
    ChangedHead head;
    head.run_no = query.integer(0);
    head.run_id = query.string(1);
    head.ended = is_final(static_cast<RunStatus>(query.integer(2)));
    head.seq = query.integer(3);
    head.hash = query.hash(4);
    heads.push_back(std::move(head));
  }
  return heads;
}

}  // namespace

std::optional<AuditRoot> Writer::seal(const RootSigner* signer, Micros now) {
  std::vector<std::string> tenants;
  {
    Query query = database_.sql("SELECT DISTINCT tenant FROM runs WHERE sealed=0");
    while (query.step()) tenants.push_back(query.string(0));
  }
  for (const std::string& tenant : tenants) {
    std::optional<AuditRoot> made = seal_tenant(tenant, signer, now);
    if (made) return made;
  }
  return std::nullopt;
}

std::optional<AuditRoot> Writer::seal_tenant(const std::string& tenant, const RootSigner* signer,
                                             Micros now) {
  const std::vector<ChangedHead> changed = changed_heads(database_, tenant);
  // Set aside without another event, since it was sealed.
  Query left = database_.sql(
      "UPDATE runs SET sealed=1 WHERE sealed=0 AND tenant=?1 AND status >= 3"
      " AND head_seq <= max(sealed_seq, fork_seq)");
  left.bind(tenant).run();
  if (changed.empty()) return std::nullopt;
  const std::optional<AuditRoot> before = last_root(database_, tenant);
  AuditRoot root;
  root.store = store_id_of(database_);
  root.tenant = tenant;
  root.n = before ? before->n + 1 : 1;
  root.at = before ? std::max(now, before->at) : now;
  root.runs = static_cast<std::int64_t>(changed.size());
  root.heads = merkle_root(std::vector<RunHead>(changed.begin(), changed.end()));
  root.prev = before ? before->root : start_of_roots(root.store, tenant);
  root.root = root_hash(root);
  if (signer != nullptr) {
    root.key = signer->key();
    root.signature = signer->sign(root.root);
  }
  insert_root(root);
  for (const ChangedHead& head : changed) {
    insert_covered(root, head);
    Query mark = database_.sql("UPDATE runs SET sealed=?2, sealed_seq=?3 WHERE run_no=?1");
    mark.bind(head.run_no, head.ended, head.seq).run();
  }
  return root;
}

void Writer::insert_covered(const AuditRoot& root, const RunHead& head) {
  Query leaf = database_.sql(
      "INSERT INTO audit_heads(tenant, n, run_id, seq, hash) VALUES(?1, ?2, ?3, ?4, ?5)");
  leaf.bind(root.tenant, root.n, head.run_id, head.seq, head.hash).run();
}

void Writer::insert_root(const AuditRoot& root) {
  Query query = database_.sql(
      "INSERT INTO audit_roots(tenant, n, at, runs, heads, prev, root, key, sig)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  query.bind(root.tenant, root.n, root.at, root.runs, root.heads, root.prev, root.root,
             Blob{root.key}, Blob{root.signature});
  query.run();
}

}  // namespace yoke::sqlite
