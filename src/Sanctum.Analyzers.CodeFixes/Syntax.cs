using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>Changes of the syntax that several fixes make.</summary>
internal static class Syntax
{
    /// <summary>The creation with a further assignment in its initializer.</summary>
    public static T With<T>(T made, string property, SyntaxNode value)
        where T : BaseObjectCreationExpressionSyntax
    {
        var assignment = Assign(property, value);
        var initializer = made.Initializer is { } present
            ? present.WithExpressions(present.Expressions.Add(assignment))
            : SyntaxFactory.InitializerExpression(SyntaxKind.ObjectInitializerExpression, SyntaxFactory.SingletonSeparatedList(assignment));
        return (T)made.WithInitializer(initializer);
    }

    /// <summary>Whether an initializer assigns this property.</summary>
    public static bool Assigns(this BaseObjectCreationExpressionSyntax made, string property) => made.Initializer?.Expressions.Any(it => IsAssignment(it, property)) == true;

    public static bool IsAssignment(ExpressionSyntax expression, string property) => expression is AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: var name } } && name == property;

    public static ArgumentSyntax Argument(SyntaxNode value, string? name = null)
    {
        var argument = SyntaxFactory.Argument((ExpressionSyntax)value);
        return name is null ? argument : argument.WithNameColon(SyntaxFactory.NameColon(name));
    }

    private static ExpressionSyntax Assign(string property, SyntaxNode value) =>
        SyntaxFactory.AssignmentExpression(SyntaxKind.SimpleAssignmentExpression, SyntaxFactory.IdentifierName(property), (ExpressionSyntax)value);
}
