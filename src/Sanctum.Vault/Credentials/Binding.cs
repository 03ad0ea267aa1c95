using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Policies;
using Sanctum.Text;

namespace Sanctum.Credentials;

/// <summary>Where a credential's operator lets it go. Nothing is allowed that is not listed.</summary>
internal static class Binding
{
    /// <summary>Whether the operator spelled out this exact origin: then its scheme and its address are the operator's business.</summary>
    public static bool IsAllowedOrigin(CredentialInfo credential, Origin origin) =>
        credential.AllowedOrigins.Any(text => Origin.TryParse(text, out var allowed) && allowed == origin);

    /// <summary>The origins that a credential may be sent to: its hosts over HTTPS, then those that its operator spelled out.</summary>
    public static IEnumerable<Origin> OriginsOf(CredentialInfo credential)
    {
        foreach (var host in credential.Hosts)
        {
            if (Origin.TryParseHost(host, out var origin))
            {
                yield return origin;
            }
        }

        foreach (var text in credential.AllowedOrigins)
        {
            if (Origin.TryParse(text, out var origin))
            {
                yield return origin;
            }
        }
    }

    /// <exception cref="VaultException">The credential may not go there; egress denied.</exception>
    public static void Require(CredentialInfo credential, string method, RequestUrl url)
    {
        if (Refusal(credential, method, url) is { } refusal)
        {
            throw refusal;
        }
    }

    public static bool Permits(CredentialInfo credential, string method, RequestUrl url) => Refusal(credential, method, url) is null;

    /// <summary>Why the credential may not go there; null when it may.</summary>
    public static VaultException? Refusal(CredentialInfo credential, string method, RequestUrl url)
    {
        if (!IsAllowedOrigin(credential, url.Origin))
        {
            var secure = url.Origin.Secured;
            if (!credential.Hosts.Any(text => Origin.TryParseHost(text, out var bound) && bound == secure))
            {
                return credential.Hosts.Count + credential.AllowedOrigins.Count == 0 ? Errors.BoundToNothing(credential.Path) : Errors.NotBound(credential.Path, url.Origin);
            }

            if (!url.Origin.IsSecure)
            {
                return Errors.NotSecure(url.Origin);
            }
        }

        return credential.Methods.Count > 0 && !credential.Methods.Contains(method, StringComparer.Ordinal) ? Errors.MethodNotBound(credential.Path, method)
            : credential.Paths.Count == 0 ? null
            : url.HasUnclearPath ? Errors.PathUnclear(credential.Path)
            : PathPattern.Permit([.. credential.Paths.Select(pattern => new Glob(pattern))], url) ? null
            : Errors.PathNotBound(credential.Path);
    }
}
