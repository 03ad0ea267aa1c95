using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Sanctum.Architecture.Tests;

/// <summary>
/// Compiles the C# of documents. A block with <c>#:project</c> lines is a whole program, and knows the projects that it names.
/// So is one of a package's own document, which knows that package. Any other block is a part of one that has a client: it knows <c>Sanctum.Client</c> and the
/// variable <c>vault</c>.
/// </summary>
internal static partial class FenceCompiler
{
    private const string Client = "Sanctum.Client";

    private const string Opening = "using Sanctum.Client; await using var vault = await SanctumClient.ConnectAsync(\"helper\");";

    // What ImplicitUsings gives to every program.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    // And what it gives to programs for the web.
    private const string WebUsings = """
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;

        """;

    // Documents of a package, which they are about.
    private static readonly Dictionary<string, (string Project, string Usings)> _documents = new(StringComparer.Ordinal)
    {
        ["docs/dotnet.md"] = ("Sanctum.Testing", WebUsings + "global using Sanctum.Client; global using Sanctum.Testing;"),
        ["src/Sanctum.Extensions/README.md"] = ("Sanctum.Extensions", WebUsings),
        ["src/Sanctum.Testing/README.md"] = ("Sanctum.Testing", WebUsings + "global using Sanctum.Testing;"),
    };

    private static readonly CSharpParseOptions _language = new CSharpParseOptions(LanguageVersion.CSharp14).WithFeatures([new("FileBasedProgram", "true")]);

    // Everything that the tests themselves run with: the framework, packages and this repository's own.
    private static readonly IReadOnlyList<string> _assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);

    /// <summary>What the compiler says against a block, each as <c>document(line): error</c>.</summary>
    public static IEnumerable<string> Flaws(Fence fence)
    {
        var named = Projects.Matches(fence.Code).Select(match => match.Groups["path"].Value).ToList();
        var missing = named.Where(path => !Directory.Exists(Path.Join(Repository.Root, path))).Select(path => $"{fence.Document}({fence.Line + 1}): there is no project {path}").ToList();
        return missing.Count > 0 ? missing : Diagnose(fence, named);
    }

    private static IEnumerable<string> Diagnose(Fence fence, List<string> named)
    {
        var (subject, usings) = _documents.GetValueOrDefault(fence.Document, (Project: Client, Usings: string.Empty));
        var opening = named.Count > 0 || subject != Client ? string.Empty : Opening;
        var source = opening + new string('\n', fence.Line) + fence.Code;
        var compilation = CSharpCompilation.Create(
            "document",
            [CSharpSyntaxTree.ParseText(source, _language), CSharpSyntaxTree.ParseText(ImplicitUsings + "\n" + usings, _language)],
            References(named.Count > 0 ? named.Select(path => Path.GetFileName(path)) : [subject]),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return from flaw in compilation.GetDiagnostics()
               where flaw.Severity >= DiagnosticSeverity.Warning
               select $"{fence.Document}({flaw.Location.GetLineSpan().StartLinePosition.Line + 1}): {flaw.Id} {flaw.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}";
    }

    private static IEnumerable<MetadataReference> References(IEnumerable<string> projects)
    {
        var known = projects.SelectMany(WithReferences).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(known.Except(_assemblies.Select(path => Path.GetFileNameWithoutExtension(path))));
        return from path in _assemblies
               let name = Path.GetFileNameWithoutExtension(path)
               where !name.StartsWith("Sanctum.", StringComparison.Ordinal) || known.Contains(name)
               select MetadataReference.CreateFromFile(path);
    }

    private static IEnumerable<string> WithReferences(string project) =>
        Repository.Xml($"src/{project}/{project}.csproj").Descendants("ProjectReference")
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .SelectMany(reference => WithReferences(Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/'))))
            .Prepend(project);

    [GeneratedRegex(@"^#:project (?<path>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Projects { get; }
}
