namespace Sanctum.Client;

/// <summary>How the vault puts the secret into a request that it sends; what is null is as the credential has it.</summary>
public sealed class HttpUseOptions
{
    /// <summary><c>bearer</c>, <c>api_key</c>, <c>basic</c> or <c>custom</c>; null for the credential's own, or else <c>bearer</c>.</summary>
    public string? HeaderType { get; init; }

    /// <summary>The header's name, for <c>custom</c>.</summary>
    public string? HeaderName { get; init; }

    /// <summary>
    /// The most that the vault waits for the answer, sent in whole seconds, rounded up; null for the vault's default. The client itself waits no
    /// longer than <see cref="SanctumClientOptions.RequestTimeout"/>, so that should be the longer one.
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
}
