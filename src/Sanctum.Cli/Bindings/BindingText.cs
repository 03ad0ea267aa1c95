using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Bindings;

/// <summary>What a credential is bound to, in words.</summary>
internal static class BindingText
{
    public static string Of(CredentialView credential) => string.Concat(Sending(credential), Jwt(credential.Jwt));

    /// <summary>Hosts and exact origins.</summary>
    public static string Destinations(CredentialView credential) => string.Join(", ", credential.Hosts.Concat(credential.AllowedOrigins));

    private static string Sending(CredentialView credential)
    {
        if (credential.Hosts.Count + credential.AllowedOrigins.Count == 0)
        {
            return "not bound to any host: agents can't send it anywhere";
        }

        var methods = credential.Methods.Count > 0 ? $", by {string.Join(", ", credential.Methods)} only" : "";
        var paths = credential.Paths.Count > 0 ? $", to {string.Join(", ", credential.Paths)} only" : "";
        var beside = credential.AllowedCredentials is { Count: > 0 } names ? $", beside {string.Join(", ", names)} of the agent's own" : "";
        return $"sent to {Destinations(credential)} as {credential.HeaderType ?? "the call says, else bearer"}{methods}{paths}{beside}";
    }

    private static string Jwt(JwtView? jwt)
    {
        if (jwt is null)
        {
            return "";
        }

        string[] claims = [.. (jwt.Claims ?? new Dictionary<string, string>()).Select(claim => $"{claim.Key}={claim.Value}"), .. jwt.AllowedClaims ?? []];
        var what = claims.Length > 0 ? $" with {string.Join(", ", claims)}" : "";
        return $"; JWTs of at most {jwt.MaxLifetime}s{what}";
    }
}
