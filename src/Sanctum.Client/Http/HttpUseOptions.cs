namespace Sanctum.Client;

/// <summary>How the vault puts the secret into a request that it sends; what is null is as the credential has it.</summary>
public sealed class HttpUseOptions
{
    // Shorter, it would be found in innocent text.
    private const int ShortestPlaceholder = 8;

    /// <summary><c>bearer</c>, <c>api_key</c>, <c>basic</c>, <c>aws_sigv4</c> or <c>custom</c>; null for the credential's own, or else <c>bearer</c>.</summary>
    public string? HeaderType { get; init; }

    /// <summary>The header's name, for <c>custom</c>.</summary>
    public string? HeaderName { get; init; }

    /// <summary>
    /// The most that is waited for the response's headers; null for no limit but the vault's. Where the daemon has no proxy, it is for the whole response, in whole seconds, rounded
    /// up; null for the vault's default (300 s); the client waits half a minute longer than that.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to zero or less.</exception>
    public TimeSpan? Timeout
    {
        get;
        init
        {
            if (value is { } time)
            {
                ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(Timeout));
            }

            field = value;
        }
    }

    /// <summary>
    /// The text that an SDK was given in the key's place, at least 8 characters; null for none. <see cref="SanctumHttpHandler"/> takes off each header and each
    /// parameter of the query that has it, and puts <c>{secret}</c> in its place in the path. Needed only where the SDK sends its key in another place than
    /// <c>Authorization</c>, <c>X-Api-Key</c> and other common headers.
    /// </summary>
    /// <exception cref="ArgumentException">It is shorter.</exception>
    public string? Placeholder
    {
        get;
        init
        {
            if (value is { Length: < ShortestPlaceholder })
            {
                throw new ArgumentException($"a placeholder has at least {ShortestPlaceholder} characters", nameof(Placeholder));
            }

            field = value;
        }
    }

    /// <summary>
    /// Headers that <see cref="SanctumHttpHandler"/> passes on although SDKs send keys in them: the program's own second credential, which the vault's operator
    /// has to allow. Default: none.
    /// </summary>
    public IReadOnlyCollection<string> PassHeaders { get; init; } = [];
}
