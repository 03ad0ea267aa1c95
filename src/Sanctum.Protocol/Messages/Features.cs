namespace Sanctum.Protocol.Messages;

/// <summary>What a daemon says that it has when an agent signs in. A client looks here and does not try.</summary>
public static class Features
{
    /// <summary><c>proxy</c>: <c>proxy_open</c> and <c>proxy_close</c>, and a socket that speaks HTTP.</summary>
    public const string Proxy = "proxy";

    /// <summary><c>trace</c>: a request can have <c>traceparent</c>, for the audit log.</summary>
    public const string Trace = "trace";

    /// <summary><c>access</c>: <c>check_access</c>, and <c>list</c> with <c>access</c>.</summary>
    public const string Access = "access";

    /// <summary><c>tools</c>: <c>tool_call</c> and <c>tool_list</c>.</summary>
    public const string Tools = "tools";

    /// <summary><c>asking</c>: <c>request_access</c> and <c>access_status</c>.</summary>
    public const string Asking = "asking";

    /// <summary><c>audit</c>: <c>audit_log</c>.</summary>
    public const string Audit = "audit";

    /// <summary>Those of this daemon.</summary>
    public static IReadOnlyList<string> All { get; } = [Proxy, Trace, Access, Tools, Asking, Audit];
}
