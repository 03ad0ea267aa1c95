using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Operations;

namespace Sanctum.Egress.Injections;

/// <summary>
/// How a secret gets into a request. As the operator writes it (<c>--header-type</c>): <c>bearer</c>, <c>api_key</c>, <c>basic</c>,
/// <c>basic:USER</c>, <c>scheme:WORD</c>, <c>custom:NAME</c> are headers (<see cref="HeaderFormat"/>); <c>query:NAME</c> is a member of the
/// query; <c>path</c> takes the place of <c>{secret}</c> in the path; <c>aws_sigv4</c> and <c>aws_sigv4:REGION/SERVICE</c> sign the request.
/// </summary>
internal abstract class Injection
{
    private const string QueryPrefix = "query:";

    /// <summary>What a call's <c>header_type</c> names it.</summary>
    public abstract string Type { get; }

    /// <summary>The headers that it sets, which the caller may not.</summary>
    public virtual IReadOnlyList<string> HeaderNames => [];

    /// <summary>Whether the secret goes into the URL.</summary>
    public virtual bool IsInUrl => false;

    /// <summary>Whether it depends on the body, which has to be known whole then.</summary>
    public virtual bool SignsBody => false;

    /// <summary>Refuses a request that it can't go into, before anything is opened.</summary>
    public virtual void Require(OutgoingRequest request)
    {
        if (request.Url.HasPlaceholder)
        {
            throw Errors.InvalidParams("url", $"'url' contains {RequestUrl.Placeholder}, which is only for credentials that are stored with the header type path");
        }
    }

    /// <summary>Takes out of a request the text that stands for the secret, if it is where the secret goes and is alone there.</summary>
    /// <param name="placeholder">The text.</param>
    /// <param name="target">Where the request goes.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="without">The request without it, ready for <see cref="Apply"/>.</param>
    public virtual bool TryTakePlaceholder(string placeholder, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers, out Placed without)
    {
        without = default;
        return false;
    }

    /// <summary>Refuses a secret that can't stand there, or that can't be searched for, whatever the request.</summary>
    /// <exception cref="VaultException">It is such a secret; unsupported operation.</exception>
    public abstract void RequireSuitable(ReadOnlySpan<byte> secret);

    /// <summary>Puts the secret in, and says what must not come back.</summary>
    /// <exception cref="VaultException">The secret can't stand there; unsupported operation.</exception>
    public abstract void Apply(OutgoingRequest request, ReadOnlySpan<byte> secret, DateTimeOffset now);

    /// <summary>Whether a credential may have this as its <see cref="CredentialInfo.HeaderType"/>.</summary>
    public static bool IsValid(string headerType) => OfCredential(headerType) is not null;

    /// <summary>The operator's choice; if there is none, the call's, or else bearer.</summary>
    /// <exception cref="VaultException">The call asks for another one than the operator chose, or for none that there is.</exception>
    public static Injection Choose(CredentialInfo credential, string? headerType, string? headerName)
    {
        if (credential.HeaderType is { } chosen)
        {
            var injection = OfCredential(chosen) ?? throw Errors.UnsuitableSecret(
                "this credential has an unknown header type", "store it with another --header-type");
            RequireSame(injection, headerType, headerName);
            return injection;
        }

        return headerType == AwsInjection.TypeName && headerName is null
            ? new AwsInjection(null)
            : new HeaderInjection(HeaderFormat.Choose(credential, headerType, headerName));
    }

    /// <summary>Refuses a secret that can't be sent as the operator chose. If they left it open, refuses one that no call can send.</summary>
    /// <exception cref="VaultException">It is such a secret; unsupported operation.</exception>
    public static void RequireSuitable(CredentialInfo credential, ReadOnlySpan<byte> secret)
    {
        VaultException? first = null;
        foreach (var injection in credential.HeaderType is null ? Choices(credential) : [Choose(credential, null, null)])
        {
            try
            {
                injection.RequireSuitable(secret);
                return;
            }
            catch (VaultException unsuitable)
            {
                first ??= unsuitable;
            }
        }

        throw first!;
    }

    // The other ways that a call may choose put the secret into a header as these do.
    private static IEnumerable<Injection> Choices(CredentialInfo credential) =>
        [Choose(credential, null, null), Choose(credential, "basic", null), Choose(credential, AwsInjection.TypeName, null)];

    private static void RequireSame(Injection injection, string? headerType, string? headerName)
    {
        if (headerType is not null && headerType != injection.Type)
        {
            throw Errors.InjectionFixed("header_type", injection.Type);
        }

        if (headerName is not null && !injection.HeaderNames.Contains(headerName, StringComparer.OrdinalIgnoreCase))
        {
            throw Errors.InjectionFixed("header_name", injection.HeaderNames is [var name] ? $"{injection.Type} in {name}" : injection.Type);
        }
    }

    private static Injection? OfCredential(string headerType)
    {
        if (headerType.StartsWith(QueryPrefix, StringComparison.Ordinal))
        {
            return QueryInjection.TryMake(headerType[QueryPrefix.Length..]);
        }

        return headerType == PathInjection.TypeName ? new PathInjection()
            : headerType.StartsWith(AwsInjection.TypeName, StringComparison.Ordinal) ? AwsInjection.TryMake(headerType[AwsInjection.TypeName.Length..])
            : HeaderFormat.OfCredential(headerType) is { } format && !RequestHeaders.IsForbidden(format.Name) ? new HeaderInjection(format)
            : null;
    }
}

/// <summary>What is left of a request when the text that stood for the secret was taken out.</summary>
/// <param name="Target">Where it goes.</param>
/// <param name="Headers">Its headers.</param>
internal readonly record struct Placed(RequestTarget Target, IReadOnlyList<KeyValuePair<string, string>> Headers);
