namespace Sanctum.Cli.Demo;

/// <summary>The program of <see cref="DemoStory"/> that knows nothing of the vault: curl, which nearly every machine has.</summary>
internal static class PlainProgram
{
    private const string Name = "curl";

    /// <summary>The variable in which it finds its key.</summary>
    public const string Variable = "SHOP_KEY";

    /// <summary>Whether there is one, and a system whose programs <c>sanctum run</c> can run.</summary>
    public static bool IsThere => OperatingSystem.IsLinux()
        && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Join(folder, Name)));

    /// <summary>Its command. The demo's service is on this machine, where programs go past proxies unless they are told otherwise.</summary>
    public static string[] Ask(string url) => ["sh", "-c", $"{Name} -sS --noproxy \"\" -H \"Authorization: Bearer ${Variable}\" {url}"];
}
