namespace Sanctum.Protocol.Messages;

/// <summary>The method names of both dialects; they are disjoint, so a daemon serves both on one listener.</summary>
public static class Methods
{
#pragma warning disable CS1591 // Each constant is the method of its value.
    // Dialect A: Python, Node.js and .NET.
    public const string Authenticate = "authenticate";
    public const string ChallengeResponse = "challenge_response";
    public const string List = "list";
    public const string Retrieve = "retrieve";
    public const string ReleaseLease = "release_lease";
    public const string CheckAccess = "check_access";
    public const string RequestAccess = "request_access";
    public const string AccessStatus = "access_status";
    public const string AuditLog = "audit_log";
    public const string Use = "use";
    public const string RenewLease = "renew_lease";
    public const string LeaseStatus = "lease_status";
    public const string Logout = "logout";
    public const string ProxyOpen = "proxy_open";
    public const string ProxyClose = "proxy_close";
    public const string ToolCall = "tool_call";
    public const string ToolList = "tool_list";

    // Dialect B: Rust.
    public const string AuthChallenge = "auth.challenge";
    public const string AuthVerify = "auth.verify";
    public const string CredentialList = "credential.list";
    public const string CredentialRetrieve = "credential.retrieve";
    public const string CredentialUse = "credential.use";
    public const string LeaseRelease = "lease.release";

    // CRP 0.2.
    public const string CrpUse = "crp/use";
    public const string CrpList = "crp/list";
    public const string CrpLease = "crp/lease";
    public const string CrpRevoke = "crp/revoke";
#pragma warning restore CS1591
}
