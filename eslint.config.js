import tseslint from 'typescript-eslint'

/** Imports point down the floors; `test/architecture.test.ts` proves the whole order, these catch the worst early. */
const noOutsideWorld = {
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        '**/adapters/**',
        '**/engine/**',
        'undici',
        'lowdb',
        'nodemailer',
        'node:fs*',
        'node:net',
        'node:http*',
      ],
    },
  ],
}

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'site', 'node_modules'] },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, varsIgnorePattern: '^_', argsIgnorePattern: '^_' },
      ],
    },
  },
  { files: ['src/machines/**'], rules: noOutsideWorld },
  {
    // Nest tells modules by their decorators, and its types of options are classes.
    files: ['examples/nest/**'],
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  { files: ['eslint.config.js'], extends: [tseslint.configs.disableTypeChecked] },
)
