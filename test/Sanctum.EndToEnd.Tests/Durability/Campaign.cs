namespace Sanctum.EndToEnd.Tests.Durability;

/// <summary>Whether the tests that kill processes do so at every step, which takes long: <c>dotnet run build.cs -- campaign</c>.</summary>
internal static class Campaign
{
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("SANCTUM_TEST_CAMPAIGN") is { Length: > 0 };
}
