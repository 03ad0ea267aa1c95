using System.Text;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Packages;

/// <summary>
/// The first story that the README tells, as a script for sh: its commands as they stand, each followed by what the README says it prints.
/// What is asked for on the README's terminal comes from the variable and from stdin.
/// </summary>
internal static class ReadmeStory
{
    private const string Home = "/home/ada";

    /// <summary>Ends with exit code 0 when every command printed what the README says, in a home of the shell's.</summary>
    /// <param name="before">Commands that the README leaves out, such as starting a daemon; run after <c>init</c>.</param>
    public static string Script(string before = "")
    {
        var script = new StringBuilder("set -u\nexport SANCTUM_PASSPHRASE='correct horse battery staple'\n");
        script.Append("check() { printf '%s\\n' \"$said\" | grep -Fqx -- \"$1\" || { printf 'the README says:\\n%s\\nand this was said:\\n%s\\n' \"$1\" \"$said\"; exit 1; }; }\n");
        var commands = 0;
        foreach (var line in Lines())
        {
            if (line.StartsWith("$ ", StringComparison.Ordinal))
            {
                commands++;
                script.Append("said=$(printf 'sk-live-0123456789abcdef0123' | ").Append(line[2..]).Append(" 2>&1)\n");
                script.Append(line == "$ sanctum init" ? $"{before}\n" : "");
            }
            else if (!line.EndsWith(':'))
            {
                // Prompts are what a terminal shows; everything else is printed.
                script.Append("check \"").Append(line.Replace("\"", "\\\"", StringComparison.Ordinal).Replace(Home, "$HOME", StringComparison.Ordinal)).Append("\"\n");
            }
        }

        Assert.True(commands >= 5, "the README's story has become short");
        return script.Append("echo the story is over\n").ToString();
    }

    private static IEnumerable<string> Lines() => File.ReadLines(Path.Join(Repository.Root, "README.md"))
        .SkipWhile(line => line != "```console").Skip(1).TakeWhile(line => line != "```");
}
