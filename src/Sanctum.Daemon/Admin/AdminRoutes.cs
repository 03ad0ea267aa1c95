namespace Sanctum.Daemon.Admin;

/// <summary>The paths of the operators' API: what the server serves and the client requests.</summary>
internal static class AdminRoutes
{
    // Without a token, on the admin socket only.
    public const string Status = "/v1/status";
    public const string ListNodes = "/v1/nodes";
    public const string Unseal = "/v1/unseal";
    public const string Login = "/v1/login";

    // With one.
    public const string Seal = "/v1/seal";
    public const string Stop = "/v1/stop";
    public const string Passphrase = "/v1/passphrase";
    public const string ListSealProviders = "/v1/seal-providers/list";
    public const string AddSealProvider = "/v1/seal-providers/add";
    public const string RemoveSealProvider = "/v1/seal-providers/remove";
    public const string TestSealProvider = "/v1/seal-providers/test";
    public const string Store = "/v1/credentials/store";
    public const string Get = "/v1/credentials/get";
    public const string List = "/v1/credentials/list";
    public const string Remove = "/v1/credentials/remove";
    public const string RegisterAgent = "/v1/agents/register";
    public const string ListAgents = "/v1/agents/list";
    public const string RemoveAgent = "/v1/agents/remove";
    public const string RotateAgentKey = "/v1/agents/rotate-key";
    public const string DisableAgent = "/v1/agents/disable";
    public const string EnableAgent = "/v1/agents/enable";
    public const string FreezeAgent = "/v1/agents/freeze";
    public const string UnfreezeAgent = "/v1/agents/unfreeze";
    public const string AddPolicy = "/v1/policies/add";
    public const string SetPolicy = "/v1/policies/set";
    public const string ApplyPolicies = "/v1/policies/apply";
    public const string ComparePolicies = "/v1/policies/compare";
    public const string ListPolicies = "/v1/policies/list";
    public const string RemovePolicy = "/v1/policies/remove";
    public const string Simulate = "/v1/policies/simulate";
    public const string ListLeases = "/v1/leases/list";
    public const string RevokeLeases = "/v1/leases/revoke";
    public const string ReadAudit = "/v1/audit/read";
    public const string VerifyAudit = "/v1/audit/verify";
    public const string Backup = "/v1/backup";
    public const string ListApprovals = "/v1/approvals/list";
    public const string DecideApproval = "/v1/approvals/decide";
    public const string ListProposals = "/v1/proposals/list";
    public const string GrantProposal = "/v1/proposals/grant";
    public const string DenyProposal = "/v1/proposals/deny";
}
