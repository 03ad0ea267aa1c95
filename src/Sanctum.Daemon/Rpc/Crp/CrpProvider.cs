using Sanctum.Credentials;
using Sanctum.Daemon.Proxy.BaseUrls;
using Sanctum.Door;
using Sanctum.Leases;
using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Crp;

/// <summary>What this provider says of itself, of credentials and of leases, in CRP's words.</summary>
internal static class CrpProvider
{
    private const string Version = "0.2";

    private static readonly string[] Types = ["api_key", "oauth_bearer", "basic_auth", "connection_string", "custom"];

    /// <summary>Brokering is not there, so it is not named, and the tier is no higher.</summary>
    public static CrpCapability Capability { get; } = new(Version, "sanctum-dotnet", ["use", "list", "lease", "revoke", "delegate", "classify"], "standard");

    /// <exception cref="RpcException">It is another version.</exception>
    public static void RequireVersion(string? requested)
    {
        if (requested is not (null or Version or Version + ".0"))
        {
            throw new RpcException(new RpcError(
                ErrorCode.VersionMismatch, $"this provider speaks CRP {Version}", Suggestion: $"send 'version' as \"{Version}\", or leave it out"));
        }
    }

    public static CrpLease LeaseOf(Lease lease, int mostRenewals) =>
        new(lease.Id, lease.ExpiresAt, Seconds.Of(lease.Ttl), lease.Renewals < mostRenewals, lease.Use?.Depth ?? 0);

    public static string TypeOf(CredentialInfo credential) => Types.Contains(credential.Type, StringComparer.Ordinal) ? credential.Type : "custom";

    /// <summary>The base URL for each host that a lease goes to.</summary>
    public static Dictionary<string, string> UrlsOf(AgentHost host, GrantedLease granted)
    {
        // Over the socket a client names no address, and a host that says what it is.
        var server = host.Bound.Proxy is { } tcp ? $"http://{tcp}" : "http://localhost";
        var several = granted.Hosts.Count > 1;
        return granted.Hosts.ToDictionary(it => it, it => BaseUrl.Of(server, granted.Lease.Id, several ? it : null), StringComparer.Ordinal);
    }

    /// <summary>What an agent says about its call, by the names in the record.</summary>
    public static Dictionary<string, string> DetailsOf(CrpContext? context)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("consumer", context?.Consumer);
        Add("consumer_version", context?.ConsumerVersion);
        Add("requestor", context?.Requestor);
        Add("purpose", context?.Purpose);
        Add("trace_id", context?.TraceId);
        return details;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                details[name] = value;
            }
        }
    }
}
