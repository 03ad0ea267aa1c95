using Sanctum.Sealing;

namespace Sanctum.SealProviders.Tests;

/// <summary>The one way in which a seal provider fails.</summary>
internal static class Failing
{
    public static async Task<SealProviderException> WithAsync(string words, Func<Task> call)
    {
        var failure = await Assert.ThrowsAsync<SealProviderException>(call);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Suggestion);
        return failure;
    }

    public static SealPlace Place(string settings) => new(Guid.NewGuid(), "name", settings);
}
