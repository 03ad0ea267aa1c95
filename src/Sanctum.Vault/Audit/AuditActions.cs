using Sanctum.Agents;
using Sanctum.Operations;
using Sanctum.Policies;

namespace Sanctum.Audit;

/// <summary>Who can stand in an entry as its actor.</summary>
internal static class Actors
{
    public const string AgentPrefix = "agent:";
    public const string Operator = "operator";
    public const string Vault = "vault";

    /// <summary>Whoever tried to sign in, where the names are none or many.</summary>
    public const string Unnamed = "agent:?";

    public static string Agent(AgentName name) => AgentPrefix + name.Value;
}

/// <summary>What can stand in an entry as its action.</summary>
internal static class AuditActions
{
    public const string Retrieve = "retrieve";
    public const string Use = "use";
    public const string UseOutcome = "use.outcome";
    public const string UseFound = "use.found";
    public const string Connect = "connect";
    public const string ToolCall = "tool.call";
    public const string ToolOutcome = "tool.outcome";
    public const string List = "list";
    public const string AccessCheck = "access.check";
    public const string AuditRead = "audit.read";
    public const string AccessRequest = "access.request";
    public const string AccessGrant = "access.grant";
    public const string AccessDeny = "access.deny";
    public const string AccessExpire = "access.expire";
    public const string LeaseGrant = "lease.grant";
    public const string LeaseRenew = "lease.renew";
    public const string LeaseRelease = "lease.release";
    public const string LeaseRevoke = "lease.revoke";
    public const string LeaseExpire = "lease.expire";
    public const string SessionOpen = "session.open";
    public const string SessionClose = "session.close";
    public const string CredentialStore = "credential.store";
    public const string CredentialGet = "credential.get";
    public const string CredentialRemove = "credential.remove";
    public const string AgentRegister = "agent.register";
    public const string AgentRemove = "agent.remove";
    public const string AgentRotate = "agent.rotate";
    public const string AgentDisable = "agent.disable";
    public const string AgentEnable = "agent.enable";
    public const string AgentFreeze = "agent.freeze";
    public const string AgentUnfreeze = "agent.unfreeze";
    public const string PolicyAdd = "policy.add";
    public const string PolicySet = "policy.set";
    public const string PolicyRemove = "policy.remove";
    public const string PolicyExpire = "policy.expire";
    public const string ApprovalGrant = "approval.grant";
    public const string ApprovalDeny = "approval.deny";
    public const string OperatorLogin = "operator.login";
    public const string VaultCreate = "vault.create";
    public const string VaultUnseal = "vault.unseal";
    public const string VaultSeal = "vault.seal";
    public const string VaultPassphrase = "vault.passphrase";
    public const string VaultBackup = "vault.backup";
    public const string VaultMove = "vault.move";
    public const string SealAdd = "seal.add";
    public const string SealRemove = "seal.remove";
    public const string SealTest = "seal.test";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlySet<string> All = new SortedSet<string>(StringComparer.Ordinal)
    {
        Retrieve, Use, UseFound, UseOutcome, Connect, ToolCall, ToolOutcome, List, AuditRead, AccessCheck, AccessRequest, AccessGrant, AccessDeny, AccessExpire, LeaseGrant, LeaseRenew, LeaseRelease, LeaseRevoke,
        LeaseExpire, SessionOpen, SessionClose, CredentialStore, CredentialGet, CredentialRemove, AgentRegister,
        AgentRemove, AgentRotate, AgentDisable, AgentEnable, AgentFreeze, AgentUnfreeze, PolicyAdd, PolicySet, PolicyRemove, PolicyExpire, ApprovalGrant, ApprovalDeny, OperatorLogin, VaultCreate,
        VaultUnseal, VaultSeal, VaultPassphrase, VaultBackup, VaultMove, SealAdd, SealRemove, SealTest,
    };

    /// <summary>The grants whose hourly limits an entry counts against.</summary>
    public static PolicyActions CountedBy(AuditEntry entry) => entry.Action switch
    {
        Retrieve => PolicyActions.Retrieve,
        LeaseRenew when entry.Operation is null => PolicyActions.Retrieve, // Of a lease to use a credential, what is used is counted.
        Use when entry.Operation is { } name && OperationCatalog.Default.TryFind(name, out var operation) && operation.Description.Discloses =>
            PolicyActions.Use | PolicyActions.Retrieve,
        Use => PolicyActions.Use,
        _ => PolicyActions.None,
    };
}
